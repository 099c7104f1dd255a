"""Freeze an audience: a list of people becomes delivery rows, and broken rows are set aside."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.enlisting import Enlisting
from activities.judging import Judge, Judges, Terms, here
from activities.letters import Letters
from activities.seen import Seen
from activities.wards import Wards
from domain.campaign import AudienceFrozen
from domain.disclosure import plan_digest
from domain.field_map import FieldMap
from domain.line import canonical
from domain.listing import Listing, ListInvalid, Row
from domain.model import Value
from ledger.errors import Conflict
from ledger.port import DeliveryState, NewDelivery, RejectedRow

if TYPE_CHECKING:
    from domain.audience import Columns
    from ledger.port import Deliveries, Keys

CHUNK = 2000


class Opens(Protocol):
    """Opens lists; `activities.sources.Sources.opened` is one."""

    def __call__(
        self, path: Path, sha256: str, source: str, beat: Callable[[], None]
    ) -> AbstractContextManager[Listing]:
        """Open a list whose file has this SHA-256; with a `source`, the file is the query to ask it."""


class Freeze(Value):
    """A list to be frozen for a campaign; `sha256` is of the file's bytes.

    Where `source` names a database, the file holds the query to ask it.
    """

    campaign: str
    incident: str
    audience: str
    sha256: str
    message: str
    channels: tuple[str, ...]
    drill: bool
    source: str = ""
    fields: FieldMap = FieldMap()


class Audience:
    """The people to be told; `columns` reads a list's header, normally `domain.audience.Columns`.

    `domains` are the mail domains that the settings name: only those stand in facts.
    """

    def __init__(  # noqa: PLR0913 -- one port each
        self,
        deliveries: "Deliveries",
        keys: "Keys",
        letters: Letters,
        columns: "Callable[[Sequence[str], FieldMap], Columns]",
        opens: Opens,
        *,
        judges: Judges = here,
        domains: Collection[str] = (),
    ) -> None:
        self._deliveries = deliveries
        self._keys = keys
        self._letters = letters
        self._columns = columns
        self._opens = opens
        self._judges = judges
        self._domains = domains

    @activity.defn(name="audience.freeze")
    def freeze(self, request: Freeze) -> AudienceFrozen:
        """Write one sealed row per person; a repeat goes on where the last attempt stopped.

        Memory does not grow with the list. The answer's `sha256` covers the list's bytes, the message's
        templates and the counts: it is what a second person approves.

        Raises:
            ApplicationError: not retryable, with the code of `ListInvalid`, `audience_empty` where not one
                person stands in the list, or `message_unknown`.

        """
        try:
            message = self._letters.digest(request.message)
        except KeyError as wrong:
            sentence = f"There is no message {request.message!r} among the templates."
            raise ApplicationError(sentence, type="message_unknown", non_retryable=True) from wrong
        try:
            with self._opens(Path(request.audience), request.sha256, request.source, _beat) as listing:
                enlisted = self._enlist(request, listing)
        except ListInvalid as wrong:
            raise ApplicationError(str(wrong), type=wrong.code, non_retryable=True) from wrong
        except Conflict as conflict:
            if not request.source:
                raise
            other = _otherwise()
            raise ApplicationError(str(other), type=other.code, non_retryable=True) from conflict
        return self._frozen(request, message, enlisted)

    def _enlist(self, request: Freeze, listing: Listing) -> "Enlisting":
        key = self._keys.campaign(request.campaign)
        with Seen() as seen, Wards(key) as wards:
            columns = self._columns(listing.header, request.fields)
            judge = Judge(columns, request.channels, key.person)
            enlisting = Enlisting(judge, key, seen, wards)
            # Bytes are proven; what a database answers again is compared with the people that stand.
            stand = 0 if request.source else self._deliveries.frozen(request.campaign)
            fresh: list[NewDelivery] = []
            terms = Terms(
                header=tuple(listing.header),
                fields=request.fields,
                channels=request.channels,
                naming=key.naming.hex(),
            )
            with closing(self._judges(judge, terms, _chunks(listing.rows(columns.wanted)))) as chunks:
                for rows, judged in chunks:
                    enlisting.take(rows, judged, stand, fresh)
                    self._write(request.campaign, fresh, enlisting.aside)
            for _ in enlisting.referring(stand, fresh):
                self._write(request.campaign, fresh, enlisting.aside)
        if enlisting.seq == 0:
            raise ListInvalid("audience_empty", "Nobody stands in the list; its rows were all set aside.")
        if enlisting.seq < self._deliveries.frozen(request.campaign):
            raise _otherwise()
        activity.logger.info("%d people keep one of two addresses", enlisting.halved)
        return enlisting

    def _write(self, campaign: str, fresh: list[NewDelivery], aside: list[RejectedRow]) -> None:
        if fresh:
            self._deliveries.freeze(campaign, fresh)
            fresh.clear()
        if aside:
            self._deliveries.reject(campaign, aside)
            aside.clear()
        _beat()

    def _frozen(self, request: Freeze, message: str, enlisted: "Enlisting") -> AudienceFrozen:
        counts = self._deliveries.counts(request.campaign)
        channels: dict[str, int] = {}
        for tally in counts.tallies:
            if tally.state is not DeliveryState.UNREACHABLE:
                channels[tally.channel] = channels.get(tally.channel, 0) + tally.rows
        figures: dict[str, object] = {
            "total": counts.audience,
            "rejected": counts.rejected,
            # A repeat was told by its first row; a broken row may stand for somebody whom nobody tells.
            "broken": sum(row.code != "duplicate" for row in self._deliveries.rejected(request.campaign)),
            "unreachable": counts.of(DeliveryState.UNREACHABLE),
            "channels": channels,
            "kinds": enlisted.groups.kinds,
            "unguarded": enlisted.unguarded,
        }
        named = _list_digest(request, enlisted.people if request.source else "")
        sha256 = plan_digest(named or request.sha256, request.message, message, figures)
        return AudienceFrozen.model_validate(
            {
                "sha256": sha256,
                **figures,
                "list_sha256": named,
                "groups": enlisted.groups.folded(self._domains),
            }
        )


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _list_digest(request: Freeze, people: str) -> str:
    """What stands for the list in what is approved; empty where its own hash says who is in it."""
    if not people and request.fields == FieldMap():
        return ""
    parts = {
        "list": request.sha256,
        "source": request.source,
        "fields": request.fields.model_dump(mode="json"),
        "people": people,
    }
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def _otherwise() -> ListInvalid:
    return ListInvalid(
        "audience_changed", "The query gives other people than before it was interrupted; plan it anew."
    )


def _beat() -> None:
    """Say that we live, and stop where the worker is leaving: the next attempt resumes."""
    activity.heartbeat()
    if activity.is_worker_shutdown():
        raise ApplicationError(
            "The worker is leaving; the import resumes elsewhere.",
            type="worker_shutdown",
            category=ApplicationErrorCategory.BENIGN,
        )
