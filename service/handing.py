"""Hand one order in, from a process that does nothing else."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from domain.commands import Order
from domain.law_effect import Effect
from domain.pack import Pack
from domain.refusal import Refused
from service.connection import connected
from service.desk import Desk
from service.desk_error import known_operator
from service.settings import Settings, load
from workflows.opening import Preview, Receipt

LOOKS: Final = 20


@dataclass(frozen=True, slots=True)
class Given:
    """One order as it is handed in; `operator` is None where nobody said who they are."""

    incident: str
    order: Order
    operator: str | None
    reason: str = ""
    seen_version: int | None = None
    nonce: str | None = None


def hand_in(given: Given, agree: Callable[[Preview], bool] | None = None) -> Receipt | None:
    """Give one order as the settings say who may and where to; return the incident's answer.

    Args:
        given: the order.
        agree: is shown what the order would do before it is given, and may say no; asked again where the
            incident has moved on meanwhile, so that what was shown is what happens.

    Returns:
        The answer; None where `agree` said no.

    Raises:
        Refused: a rule does not allow it; nothing was written.
        DeskError: nobody known gives it, it did not get there, or nobody can tell.
        TemporalError: there is no Temporal server.
        SettingsError: the settings or the payload keys cannot be used.

    """
    settings = load()
    return asyncio.run(_hand_in(settings, given, known_operator(given.operator, settings.operators), agree))


def consider(incident: str, packs: tuple[Pack, ...]) -> Effect:
    """Ask an incident what other law packs would change for it.

    Raises:
        DeskError: there is no such incident.
        TemporalError: there is no Temporal server, or the incident does not answer.
        SettingsError: the settings or the payload keys cannot be used.

    """
    return asyncio.run(_consider(load(), incident, packs))


async def _consider(settings: Settings, incident: str, packs: tuple[Pack, ...]) -> Effect:
    return await Desk(await connected(settings), settings.operators).consider(incident, packs)


async def _hand_in(
    settings: Settings, given: Given, operator: str, agree: Callable[[Preview], bool] | None
) -> Receipt | None:
    desk = Desk(await connected(settings), settings.operators)
    if agree is None:
        return await _order(desk, given, operator)
    for look in range(LOOKS):
        preview = await desk.preview(
            given.incident,
            given.order,
            operator=operator,
            reason=given.reason,
            seen_version=given.seen_version,
            nonce=given.nonce,
        )
        if preview.lines and not agree(preview):
            return None
        try:
            return await _order(desk, replace(given, seen_version=preview.version), operator)
        except Refused as refused:
            # What was shown is no longer what would happen.
            if refused.code != "stale" or given.nonce or look + 1 == LOOKS:
                raise
    raise AssertionError  # pragma: no cover - the last look returns or raises


async def _order(desk: Desk, given: Given, operator: str) -> Receipt:
    return await desk.order(
        given.incident,
        given.order,
        operator=operator,
        reason=given.reason,
        seen_version=given.seen_version,
        nonce=given.nonce,
    )
