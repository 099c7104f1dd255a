"""Rows whose outcome is unknown: ask the provider, and decide what may be done about them."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import orjson
from pydantic import Field
from temporalio import activity

from activities.outbox import ADDRESS
from activities.senders import Senders
from domain.kind import Kind, kind_in
from domain.model import Value
from domain.organisation import Organisation
from domain.state import Known
from ledger.port import DeliveryState, Receipt, Verdict
from notifiers.errors import NotifierError
from notifiers.port import Answer, Reference, digest

if TYPE_CHECKING:
    from ledger.port import CampaignKey, Deliveries, Unknown
    from notifiers.port import Verdict as Found

PAGE = 200
AT_ONCE = 8


class Reconcile(Value):
    """A range whose unknown rows are to be asked about; `final` leaves none unknown.

    The message and what it was written from are those of the batches: a provider that knows a message only
    by its text is asked with the text's digest. Without them such a provider cannot tell.
    """

    campaign: str
    first: int
    last: int
    final: bool
    drill: bool
    incident: str = ""
    message: str = ""
    facts: dict[str, Known] = Field(default_factory=dict)
    organisation: Organisation = Organisation()


class Left(Value):
    """What is still open in the range."""

    unknown: int
    due: int


class Doubt:
    """The doubtful rows of one range; `texts` says what went over a channel, in a language, to whom."""

    def __init__(  # noqa: PLR0913 -- one port each
        self,
        deliveries: "Deliveries",
        senders: Senders,
        key: "CampaignKey",
        texts: "Callable[[str, str, Kind, str], str]",
        request: Reconcile,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._deliveries = deliveries
        self._senders = senders
        self._key = key
        self._texts = texts
        self._request = request
        self._now = now
        self._asking = asyncio.Semaphore(AT_ONCE)

    async def settle(self, token: str) -> Left:
        """Ask about every unknown row of the range once; `token` is of no batch, so all are orphans."""
        request = self._request
        span = (request.campaign, request.first, request.last)
        await asyncio.to_thread(self._deliveries.orphaned, *span, token, self._now())
        first = request.first
        while first <= request.last:
            rows = await asyncio.to_thread(
                self._deliveries.unknowns, request.campaign, first, request.last, PAGE
            )
            if not rows:
                break
            found = await asyncio.gather(*(self._ask(row) for row in rows))
            await asyncio.to_thread(self._apply, list(zip(rows, found, strict=True)))
            first = rows[-1].seq + 1
            activity.heartbeat(first - 1)
        await asyncio.to_thread(self._deliveries.advance, *span, self._now())
        counts = await asyncio.to_thread(self._deliveries.counts, *span)
        return Left(
            unknown=counts.of(DeliveryState.UNKNOWN),
            due=counts.of(DeliveryState.DUE),
        )

    async def _ask(self, row: "Unknown") -> "Found | str":
        """The provider's verdict, or the code of why there is none."""
        try:
            person = orjson.loads(self._key.open(row.sealed, str(row.seq)))
        except ValueError:
            return "row.unreadable"
        reference = Reference(
            row.reference,
            person.get(ADDRESS.get(row.channel, row.channel), ""),
            row.updated_at,
            row.provider_ref,
            self._digest(row.channel, person),
        )
        async with self._asking:
            try:
                return await self._senders.of(row.channel, drill=self._request.drill).look_up(reference)
            except NotifierError as error:
                return error.code

    def _digest(self, channel: str, person: Mapping[str, str]) -> str:
        text = self._texts(channel, person.get("language", ""), kind_in(person), person["name"])
        return digest(text) if text else ""

    def _apply(self, found: "list[tuple[Unknown, Found | str]]") -> None:
        for row, verdict in found:
            if isinstance(verdict, str):
                self._give_up(row, verdict)
                continue
            match verdict.answer:
                case Answer.ACCEPTED:
                    self._decide(row, Verdict.SENT, verdict.code, verdict.provider_ref)
                case Answer.DELIVERED:
                    self._delivered(row, verdict)
                case Answer.REFUSED:
                    self._decide(row, Verdict.REFUSED, verdict.code)
                case Answer.NOT_FOUND if verdict.settled:
                    # The provider would know of it by now: it never left.
                    self._decide(row, Verdict.RESEND, verdict.code)
                case _:
                    self._give_up(row, verdict.code)

    def _give_up(self, row: "Unknown", code: str) -> None:
        if self._request.final:
            self._decide(row, Verdict.NEXT, f"unknown.{code}" if code else "unknown")

    def _decide(self, row: "Unknown", verdict: Verdict, code: str, ref: str = "") -> None:
        self._deliveries.reconcile(
            self._request.campaign, row.seq, row.leg, verdict, self._now(), code=code, ref=ref
        )

    def _delivered(self, row: "Unknown", verdict: "Found") -> None:
        receipt = Receipt(
            reference=row.reference,
            state=DeliveryState.DELIVERED,
            event_id=f"look_up/{row.reference}",
            at=verdict.at or self._now(),
            code=verdict.code,
            provider_ref=verdict.provider_ref,
        )
        self._deliveries.receive([receipt])
