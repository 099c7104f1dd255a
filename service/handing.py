"""Hand one order in, from a process that does nothing else."""

import asyncio

from domain.commands import Order
from service.connection import connected
from service.desk import Desk
from service.desk_error import known_operator
from service.settings import Settings, load
from workflows.opening import Receipt


def hand_in(  # noqa: PLR0913 - the fields of the envelope, each named at the call
    incident: str,
    order: Order,
    *,
    operator: str | None,
    reason: str = "",
    seen_version: int | None = None,
    nonce: str | None = None,
) -> Receipt:
    """Give one order as the settings say who may and where to; return the incident's answer.

    Raises:
        Refused: a rule does not allow it; nothing was written.
        DeskError: nobody known gives it, it did not get there, or nobody can tell.
        TemporalError: there is no Temporal server.
        SettingsError: the settings or the payload keys cannot be used.

    """
    settings = load()
    handle = known_operator(operator, settings.operators)
    return asyncio.run(_hand_in(settings, incident, order, handle, reason, seen_version, nonce))


async def _hand_in(  # noqa: PLR0913, PLR0917 - as above
    settings: Settings,
    incident: str,
    order: Order,
    operator: str,
    reason: str,
    seen_version: int | None,
    nonce: str | None,
) -> Receipt:
    desk = Desk(await connected(settings), settings.operators)
    return await desk.order(
        incident, order, operator=operator, reason=reason, seen_version=seen_version, nonce=nonce
    )
