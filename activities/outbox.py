"""From claimed rows to outcomes: open the address, write the words, hand them over, take the answers."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

from activities.senders import Senders
from activities.written import Whom, Worded
from domain.kind import kind_in
from ledger.port import DeliveryState, Outcome
from notifiers.errors import Misconfigured, NotifierError, PutOff, Refused, Unreachable, Unworded
from notifiers.port import HALTED, OURS, Accepted, Message

if TYPE_CHECKING:
    from ledger.port import CampaignKey, Claimed

ADDRESS = {"email": "email", "sms": "phone", "voice": "phone"}
MOST_ATTEMPTS = 6
FEW = 10
UNSEALABLE = "row.unreadable"


class Outbox:
    """Everything of one batch that goes out.

    `written` holds its words by channel, language and kind, `template` names what they say.

    `stop` is the code of a channel whose settings are wrong; `blocked` says that a channel took nothing, and
    `wait` how many seconds it wants to be left alone.
    """

    def __init__(  # noqa: PLR0913 -- what a batch has in common
        self,
        senders: Senders,
        key: "CampaignKey",
        written: Mapping[Whom, Worded],
        domain: str,
        *,
        drill: bool,
        template: str = "",
    ) -> None:
        self._senders = senders
        self._key = key
        self._written = written
        self._domain = domain
        self._drill = drill
        self._template = template
        self.stop = ""
        self.wait = 0.0
        self.blocked = False
        self._halted = False

    def _halting(self) -> bool:
        return self._halted

    def halt(self) -> None:
        """Begin no further message; the rows of those not begun are due again."""
        self._halted = True

    async def send(self, rows: "Sequence[Claimed]") -> list[Outcome]:
        """Send one chunk of claimed rows; one outcome each, in the order of the channels."""
        channels: dict[str, list[Claimed]] = defaultdict(list)
        for row in rows:
            channels[row.channel].append(row)
        done = await asyncio.gather(*(self._carry(channel, mine) for channel, mine in channels.items()))
        return [outcome for outcomes in done for outcome in outcomes]

    async def _carry(self, channel: str, rows: "list[Claimed]") -> list[Outcome]:
        try:
            notifier = self._senders.of(channel, drill=self._drill)
        except Misconfigured as wrong:
            self.stop = wrong.code
            return [Outcome(row.seq, DeliveryState.DUE, code=wrong.code) for row in rows]
        outcomes: list[Outcome] = []
        messages: list[Message] = []
        ready: list[Claimed] = []
        for row in rows:
            message = self._addressed(row)
            if message is None:
                outcomes.append(Outcome(row.seq, DeliveryState.REFUSED, code=UNSEALABLE))
            else:
                messages.append(message)
                ready.append(row)
        answers = await notifier.send_many(messages, self._halting)
        passing = _passing(answers)
        waits = [
            answer.retry_after or 0.0
            for answer in answers
            if isinstance(answer, Unreachable) and answer.code != HALTED
        ]
        if waits and not passing:
            self.blocked = True
            self.wait = max(self.wait, *waits)
        outcomes.extend(
            self._judged(row, answer, passing=passing) for row, answer in zip(ready, answers, strict=True)
        )
        return outcomes

    def _addressed(self, row: "Claimed") -> Message | None:
        """Write the message of one row; None where its seal does not open."""
        seq, _, channel, language, reference, sealed, _, _ = row
        try:
            person = orjson.loads(self._key.open(sealed, str(seq)))
        except ValueError:
            return None
        name, kind = person["name"], kind_in(person)
        said = self._written[channel, language, kind]
        return Message(
            reference,
            person.get(ADDRESS.get(channel, channel), ""),
            said.subject,
            language=language,
            message_id=f"<{reference}@{self._domain}>",
            form=said.form if name else said.nameless,
            name=name,
            template=self._template,
            kind=kind,
        )

    def _judged(self, row: "Claimed", answer: Accepted | NotifierError, *, passing: bool) -> Outcome:
        match answer:
            case Accepted():
                return Outcome(row.seq, DeliveryState.SENT, answer.provider_ref, answer.code)
            case Refused():
                return Outcome(row.seq, DeliveryState.REFUSED, code=answer.code)
            case Unreachable() if passing and answer.code not in OURS and row.attempts >= MOST_ATTEMPTS:
                # The channel works and this address alone does not: the next channel may.
                return Outcome(row.seq, DeliveryState.REFUSED, code=f"gave_up.{answer.code}")
            case Unreachable():
                # Where the channel passes, the wait is this address's own; otherwise its shard rests.
                wait = answer.retry_after if passing and answer.code not in OURS else None
                return Outcome(row.seq, DeliveryState.DUE, code=answer.code, wait=wait or 0.0)
            case Misconfigured():
                self.stop = answer.code
                return Outcome(row.seq, DeliveryState.DUE, code=answer.code)
        return Outcome(row.seq, DeliveryState.UNKNOWN, code=answer.code)


def _passing(answers: "Sequence[Accepted | NotifierError]") -> bool:
    """Whether the channel works, so that what was not taken is about its address alone.

    A few that a server puts off are a few addresses; where it puts off everybody, it does not know us.
    """
    if any(isinstance(each, Accepted | Refused) and not isinstance(each, Unworded) for each in answers):
        return True
    return 0 < len(answers) < FEW and all(isinstance(answer, PutOff) for answer in answers)
