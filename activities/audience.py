"""Freeze an audience: a list of people becomes delivery rows, and broken rows are set aside."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.letters import Letters
from activities.roll import Roll, Row, opened
from activities.seen import FINGERPRINT, Seen
from domain.campaign import AudienceFrozen
from domain.disclosure import plan_digest
from domain.listing import ListInvalid
from domain.model import Value
from ledger.port import DeliveryState, NewDelivery, RejectedRow

if TYPE_CHECKING:
    from domain.audience import Columns, Person
    from ledger.port import CampaignKey, Deliveries, Keys

CHUNK = 2000


class Freeze(Value):
    """A list to be frozen for a campaign; `sha256` is of the list's bytes."""

    campaign: str
    incident: str
    audience: str
    sha256: str
    message: str
    channels: tuple[str, ...]
    drill: bool


class Audience:
    """The people to be told; `columns` reads a list's header, normally `domain.audience.Columns`."""

    def __init__(
        self,
        deliveries: "Deliveries",
        keys: "Keys",
        letters: Letters,
        columns: "Callable[[Sequence[str]], Columns]",
    ) -> None:
        self._deliveries = deliveries
        self._keys = keys
        self._letters = letters
        self._columns = columns

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
            with opened(Path(request.audience), request.sha256, _beat) as roll:
                self._enlist(request, roll)
        except ListInvalid as wrong:
            raise ApplicationError(str(wrong), type=wrong.code, non_retryable=True) from wrong
        except KeyError as wrong:
            sentence = f"There is no message {request.message!r} among the templates."
            raise ApplicationError(sentence, type="message_unknown", non_retryable=True) from wrong
        return self._frozen(request, message)

    def _enlist(self, request: Freeze, roll: Roll) -> None:
        key = self._keys.campaign(request.campaign)
        with Seen() as seen:
            enlisting = _Enlisting(request.channels, self._columns(roll.header), key, seen)
            stand = self._deliveries.frozen(request.campaign)
            fresh: list[NewDelivery] = []
            for row in roll.rows():
                enlisting.take(row, stand, fresh)
                if enlisting.read % CHUNK == 0:
                    self._write(request.campaign, fresh, enlisting.aside)
            self._write(request.campaign, fresh, enlisting.aside)
        if enlisting.seq == 0:
            raise ListInvalid("audience_empty", "Nobody stands in the list; its rows were all set aside.")
        activity.logger.info("%d people keep one of two addresses", enlisting.halved)

    def _write(self, campaign: str, fresh: list[NewDelivery], aside: list[RejectedRow]) -> None:
        if fresh:
            self._deliveries.freeze(campaign, fresh)
            fresh.clear()
        if aside:
            self._deliveries.reject(campaign, aside)
            aside.clear()
        _beat()

    def _frozen(self, request: Freeze, message: str) -> AudienceFrozen:
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
        }
        sha256 = plan_digest(request.sha256, request.message, message, figures)
        return AudienceFrozen.model_validate({"sha256": sha256, **figures})


class _Enlisting:
    """One pass over a list: numbers the people, seals them, and keeps the lines that are set aside."""

    def __init__(self, channels: tuple[str, ...], columns: "Columns", key: "CampaignKey", seen: Seen) -> None:
        self._channels = channels
        self._columns = columns
        self._key = key
        self._seen = seen
        self.aside: list[RejectedRow] = []
        self.read = 0
        self.seq = 0
        self.halved = 0

    def take(self, row: Row, stand: int, fresh: list[NewDelivery]) -> None:
        """Read one row; people above seq `stand` are sealed into `fresh`, the others are there already."""
        self.read += 1
        code = "ragged_row" if row.cells is None else self._person(row.line, row.cells, stand, fresh)
        if code:
            self.aside.append(RejectedRow(row.line, code))

    def _person(self, line: int, cells: Sequence[str], stand: int, fresh: list[NewDelivery]) -> str:
        person = self._columns.person(cells)
        if isinstance(person, str):
            return person
        # Somebody whom nothing tells from others is named by the line, so that nobody is lost.
        names = [self._key.person(key) for key in person.keys or (f"line\n{line}",)]
        if person.keys and not self._seen.meet([bytes.fromhex(name)[:FINGERPRINT] for name in names]):
            return "duplicate"
        self.seq += 1
        self.halved += bool(person.dropped)
        if self.seq > stand:
            fresh.append(self._row(names[0], person))
        return ""

    def _row(self, name: str, person: "Person") -> NewDelivery:
        content = {
            "name": person.name,
            "email": person.email,
            "phone": person.phone.e164 if person.phone else "",
            "language": person.language,
            "dropped": person.dropped,
        }
        sealed = self._key.seal(orjson.dumps(content), str(self.seq))
        return NewDelivery(self.seq, name, person.route(self._channels), person.language, sealed)


def _beat() -> None:
    """Say that we live, and stop where the worker is leaving: the next attempt resumes."""
    activity.heartbeat()
    if activity.is_worker_shutdown():
        raise ApplicationError(
            "The worker is leaving; the import resumes elsewhere.",
            type="worker_shutdown",
            category=ApplicationErrorCategory.BENIGN,
        )
