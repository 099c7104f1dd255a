"""A drill's senders write everything down, mark it, and have no way to a network."""

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime

from notifiers.action import Order
from notifiers.errors import Unreachable
from notifiers.port import Accepted, Answer, Attachment, Notifier, Reference
from notifiers.recording import MARK, RecordingAction, RecordingNotifier, RecordingPublisher
from tests.notifiers.letters import message
from tests.notifiers.test_announcement import NOTICE, PAGE, STYLE


async def test_what_would_have_been_sent_is_written_and_marked(tmp_path):
    outbox = tmp_path / "outbox"
    async with RecordingNotifier("sms", outbox) as notifier:
        assert isinstance(notifier, Notifier)
        assert notifier.channel == "sms"
        await notifier.send(message(1, html="<p>x</p>", attachments=(Attachment("a", "text/csv", b"\xff"),)))
        outcomes = await notifier.send_many([message(number) for number in range(2, 5)])
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert [outcome.provider_ref for outcome in outcomes] == ["drill-row-2", "drill-row-3", "drill-row-4"]
    lines = [json.loads(line) for line in (outbox / "sms.jsonl").read_text().splitlines()]
    assert [line["reference"] for line in lines] == ["row-1", "row-2", "row-3", "row-4"]
    for line in lines:
        assert line["mark"] == MARK
        assert line["subject"].startswith(MARK)
        assert line["text"].startswith(MARK)
    assert MARK in lines[0]["html"]
    assert stat.S_IMODE((outbox / "sms.jsonl").stat().st_mode) == 0o600


async def test_a_drill_can_be_asked(tmp_path):
    notifier = RecordingNotifier("email", tmp_path)
    asked = Reference("row-1", "a@example.invalid", datetime.now(UTC))
    assert (await notifier.look_up(asked)).answer is Answer.NOT_FOUND
    await notifier.send(message(1))
    assert (await notifier.look_up(asked)).answer is Answer.DELIVERED
    other = replace(asked, reference="row-2")
    verdict = await notifier.look_up(other)
    assert (verdict.answer, verdict.settled) == (Answer.NOT_FOUND, True)


async def test_an_outbox_that_cannot_be_written(tmp_path):
    (tmp_path / "outbox").write_text("a file")
    [outcome] = await RecordingNotifier("sms", tmp_path / "outbox").send_many([message(1)])
    assert isinstance(outcome, Unreachable)


async def test_a_drill_publishes_nowhere(tmp_path):
    async with RecordingPublisher(tmp_path, page=PAGE, style=STYLE) as publisher:
        published = await publisher.publish(NOTICE)
    assert published.url.startswith("https://drill.invalid/")
    assert "演练" in published.content.decode()
    assert (tmp_path / "announcement" / NOTICE.slug / "index.html").exists()


async def test_a_drill_contains_nothing_and_once(tmp_path):
    action = RecordingAction(tmp_path)
    order = Order("k", "I-1", "isolate-host", "host-1")
    assert (await action.perform(order)).evidence == (await action.perform(order)).evidence
    await action.undo(order)
    lines = [json.loads(line) for line in (tmp_path / "action.jsonl").read_text().splitlines()]
    assert [(line["verb"], line["key"], line["drill"], line["mark"]) for line in lines] == [
        ("perform", "k", True, MARK),
        ("undo", "k:undo", True, MARK),
    ]
