"""Tell people in batches, find out what became of doubtful attempts, and count."""

import asyncio
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.batch import PROVEN, Batch, Delivered, Sending
from activities.doubt import Doubt, Left, Reconcile
from activities.letters import Letters
from activities.outbox import Outbox
from activities.senders import Senders
from activities.written import Whom, Worded, Written
from domain.campaign import CampaignSettled
from domain.kind import Kind
from domain.letter import Case, Letter
from domain.merkle import root
from domain.model import Value
from ledger.errors import Erased

if TYPE_CHECKING:
    from ledger.port import CampaignKey, Counts, Deliveries, Keys

__all__ = ["Batch", "Count", "Deliver", "Delivered", "Left", "Reconcile"]

BEAT = 10_000


class Count(Value):
    """A campaign to be closed and counted."""

    campaign: str


def _now() -> datetime:
    return datetime.now(UTC)


class Deliver:
    """The way from a row to a person.

    `domain` is the right side of every Message-ID; with the row's reference on its left, an e-mail keeps
    its name over every attempt. Rows are timed by `now`.
    """

    def __init__(  # noqa: PLR0913 -- one port each
        self,
        deliveries: "Deliveries",
        keys: "Keys",
        senders: Senders,
        letters: Letters,
        *,
        domain: str,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._deliveries = deliveries
        self._keys = keys
        self._senders = senders
        self._letters = letters
        self._written = Written(letters)
        # When a batch over these channels last went well.
        self._worked: dict[tuple[str, ...], float] = {}
        self._domain = domain
        self._now = now

    @activity.defn(name="deliver.batch")
    async def batch(self, request: Batch) -> Delivered:
        """Tell up to `limit` people of the range.

        Rows that an earlier attempt left in doubt become unknown first and are not sent. When the activity
        is cancelled, at most the one message that each connection carries still leaves; when its worker
        leaves, the chunk under way ends. The outcomes are written either way.

        Raises:
            ApplicationError: `worker_shutdown` where nothing was begun; not retryable: `erased`,
                `message_unknown`.

        """
        token = f"{request.token}/{activity.info().attempt}"
        key = await asyncio.to_thread(self._key, request.campaign)
        outbox = Outbox(
            self._senders,
            key,
            self._worded(request),
            self._domain,
            drill=request.drill,
            template=request.message,
        )
        proven = self._worked.get(request.channels, -math.inf) > perf_counter() - PROVEN
        sending = Sending(self._deliveries, outbox, request, token, self._now, probing=not proven)
        running = asyncio.ensure_future(sending.run())
        try:
            done = await asyncio.shield(running)
        except asyncio.CancelledError:
            sending.leave()
            done = await running
            why = activity.cancellation_details()
            if why is not None and why.cancel_requested:
                # Held or stopped: what left before that counts.
                return done
            raise
        if done.sent and not (done.stop or done.retry_after):
            self._worked[request.channels] = perf_counter()
        return done

    @activity.defn(name="deliver.reconcile")
    async def reconcile(self, request: Reconcile) -> Left:
        """Ask the providers what became of unknown rows, and take what was refused to its next channel.

        Raises:
            ApplicationError: not retryable: `erased`.

        """
        key = await asyncio.to_thread(self._key, request.campaign)
        info = activity.info()
        token = f"{info.workflow_id}/{info.workflow_run_id}/{info.activity_id}/{info.attempt}"
        texts = Texts(self._letters, request)
        doubt = Doubt(self._deliveries, self._senders, key, texts, request, now=self._now)
        return await doubt.settle(token)

    @activity.defn(name="campaign.count")
    def count(self, request: Count) -> CampaignSettled:
        """Close the campaign's rows, count them by state, and fold them into one Merkle root."""
        counts = self._deliveries.close(request.campaign, self._now())
        return CampaignSettled(
            counts=_by_state(counts),
            merkle_root=root(_beating(self._deliveries.leaves(request.campaign))),
        )

    def _worded(self, request: Batch) -> Mapping[Whom, Worded]:
        """Write the letters before any row is claimed, so that a fault in them leaves nobody in doubt."""
        try:
            return self._written.of(request.message, request.channels, _case(request))
        except KeyError as wrong:
            sentence = (
                f"The message {request.message!r} has no words for all of {', '.join(request.channels)}."
            )
            raise ApplicationError(sentence, type="message_unknown", non_retryable=True) from wrong

    def _key(self, campaign: str) -> "CampaignKey":
        try:
            return self._keys.campaign(campaign)
        except Erased as gone:
            raise ApplicationError(str(gone), type=gone.code, non_retryable=True) from gone


class Texts:
    """What was sent: the text of a message as it was written for one name."""

    def __init__(self, letters: Letters, request: Reconcile) -> None:
        self._letters = letters
        self._message = request.message
        self._case = _case(request)
        self._written: dict[Whom, Letter] = {}

    def __call__(self, channel: str, language: str, kind: Kind, name: str) -> str:
        """The text; empty where the message is not known."""
        letter = self._written.get((channel, language, kind))
        if letter is None:
            try:
                letter = self._letters.letter(self._message, channel, language, self._case, kind)
            except KeyError:
                return ""
            self._written[channel, language, kind] = letter
        return letter.to(name).text


def _case(request: Batch | Reconcile) -> Case:
    return Case(
        incident=request.incident,
        facts=request.facts,
        organisation=request.organisation,
        drill=request.drill,
    )


def _by_state(counts: "Counts") -> dict[str, int]:
    states: dict[str, int] = {}
    for tally in counts.tallies:
        states[tally.state.value] = states.get(tally.state.value, 0) + tally.rows
    return states


def _beating(leaves: Iterator[bytes]) -> Iterator[bytes]:
    for number, leaf in enumerate(leaves):
        if number % BEAT == 0:
            activity.heartbeat(number)
        yield leaf
