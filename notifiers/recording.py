"""The drill's senders: the same ports, and nothing behind them but files. None of them knows a network.

Every message, page and order is marked 演练 and kept under the outbox directory, readable by its owner only:
`<channel>.jsonl`, a line for each message or order, and `announcement/`, the pages.
"""

import asyncio
import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from notifiers.announcement import AnnouncementPublisher
from notifiers.directory import DirectoryShelf
from notifiers.errors import NotifierError, Unreachable
from notifiers.gathered import Gathered
from notifiers.notice import Notice, Published
from notifiers.order import Order, Performed
from notifiers.port import HALTED, Accepted, Answer, Halted, Message, Reference, Verdict, never

MARK = "【演练】"
_NOTE = "【演练】本消息仅供演练，未发生真实事件。This is a drill; no real incident has happened.\n"
_NOTE_HTML = f"<p><strong>{_NOTE.strip()}</strong></p>"


def _now() -> datetime:
    return datetime.now(UTC)


def marked(message: Message) -> Message:
    """Give the message as a drill shows it: marked in subject, text and HTML."""
    return Message(
        message.reference,
        message.to,
        f"{MARK}{message.subject}",
        f"{_NOTE}{message.text}",
        None if message.html is None else f"{_NOTE_HTML}{message.html}",
        message.language,
        message.message_id,
        message.attachments,
        template=message.template,
        kind=message.kind,
    )


class RecordingNotifier(Gathered):
    """Stands in for any channel during a drill: writes down what would have been sent.

    Asked about a reference, it answers from the file: delivered, or not found and settled.
    """

    def __init__(self, channel: str, outbox: Path, now: Callable[[], datetime] = _now) -> None:
        super().__init__(1)
        self._channel = channel
        self._file = outbox / f"{channel}.jsonl"
        self._now = now

    @property
    def channel(self) -> str:
        """The channel it stands in for."""
        return self._channel

    async def send(self, message: Message) -> Accepted:
        """Write one message down."""
        [outcome] = await self.send_many([message])
        if isinstance(outcome, NotifierError):
            raise outcome
        return outcome

    async def send_many(
        self, messages: Sequence[Message], halted: Halted = never
    ) -> list[Accepted | NotifierError]:
        """Write a batch down, whole or not at all."""
        if halted():
            return [Unreachable(None, HALTED) for _ in messages]
        at = self._now()
        try:
            await asyncio.to_thread(_append, self._file, [_written(one, at) for one in messages])
        except OSError:
            error = Unreachable(None, "drill.disk", "the outbox cannot be written")
            return [error for _ in messages]
        return [Accepted(f"drill-{one.reference}", at, "drill.recorded") for one in messages]

    async def look_up(self, reference: Reference) -> Verdict:
        """Say whether a message was written down."""
        found = await asyncio.to_thread(self._holds, reference.reference)
        if found:
            return Verdict(
                Answer.DELIVERED,
                provider_ref=f"drill-{reference.reference}",
                code="drill.recorded",
            )
        return Verdict(Answer.NOT_FOUND, code="drill.not_recorded")

    def _holds(self, reference: str) -> bool:
        return any(line["reference"] == reference for line in _lines(self._file))


class RecordingPublisher(AnnouncementPublisher):
    """Stands in for the announcement: pages marked 演练, in the outbox, with addresses that lead nowhere."""

    def __init__(self, outbox: Path, *, page: str, style: str, zone: tzinfo = UTC) -> None:
        super().__init__(
            DirectoryShelf(outbox / "announcement"),
            page=page,
            style=style,
            public_url="https://drill.invalid",
            feed_title=f"{MARK}公告 Announcements",
            zone=zone,
            rehearsing=True,
        )

    async def publish(self, notice: Notice) -> Published:
        """Write the page into the outbox, marked as a drill."""
        return await super().publish(replace(notice, drill=True))


class RecordingAction:
    """Stands in for a containment step: writes the order down, once per key."""

    def __init__(self, outbox: Path, now: Callable[[], datetime] = _now) -> None:
        self._file = outbox / "action.jsonl"
        self._now = now
        self._turn = asyncio.Lock()

    async def perform(self, order: Order) -> Performed:
        """Write down that the step would have been done."""
        return await self._noted("perform", order.key, order)

    async def undo(self, order: Order) -> Performed:
        """Write down that the step would have been taken back."""
        return await self._noted("undo", f"{order.key}:undo", order)

    async def _noted(self, verb: str, key: str, order: Order) -> Performed:
        line = json.dumps(
            {"mark": MARK, "verb": verb, **asdict(replace(order, drill=True)), "key": key},
            ensure_ascii=False,
        )
        try:
            async with self._turn:
                known = await asyncio.to_thread(lambda: {one["key"] for one in _lines(self._file)})
                if key not in known:
                    await asyncio.to_thread(_append, self._file, [line])
        except OSError:
            raise Unreachable(None, "drill.disk", "the outbox cannot be written") from None
        return Performed(self._now(), "drill.recorded", hashlib.sha256(line.encode()).hexdigest())


def _written(message: Message, at: datetime) -> str:
    shown = marked(message)
    line = {
        "mark": MARK,
        "at": at.isoformat(),
        "reference": shown.reference,
        "to": shown.to,
        "subject": shown.subject,
        "text": shown.text,
        "html": shown.html,
        "language": shown.language,
        "message_id": shown.message_id,
        "template": shown.template,
        "kind": shown.kind,
        "attachments": [
            {
                "name": one.name,
                "media_type": one.media_type,
                "content": base64.b64encode(one.content).decode(),
            }
            for one in shown.attachments
        ],
    }
    return json.dumps(line, ensure_ascii=False)


def _append(path: Path, lines: Sequence[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8", errors="replace") as file:
        file.write("".join(f"{line}\n" for line in lines))


def _lines(path: Path) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except FileNotFoundError:
        return
