import json
from datetime import UTC, datetime

import pytest
from temporalio.exceptions import ApplicationError

from activities.alarm import Alarm, Ring, Told
from activities.alarm_words import words
from activities.contacts import Contact
from activities.contain import Call, Contain
from activities.senders import Senders
from domain.filed import Filed
from notifiers.action import Endpoint, HttpAction
from notifiers.recording import RecordingAction, RecordingNotifier
from service.local_endpoints.edr_like import EdrLike
from service.local_endpoints.smtp_fault import Fault, Stage


class Roster(dict):
    """Who is in which role, as the settings say."""

    def of_role(self, role):
        return self.get(role, ())


@pytest.fixture
def roster():
    return Roster(
        lead=(
            Contact("email", "lead@example.com", "zh-CN", "lin"),
            Contact("sms", "+8613800138000", "zh-CN", "lin"),
        ),
        legal=(
            Contact("email", "legal@example.com", "en", "fa"),
            Contact("email", "lead@example.com", "zh-CN", "lin"),
        ),
    )


@pytest.fixture
def alarm(moment):
    def make(**changes):
        fields = {
            "incident": "I-AAAAAAAAAAAA",
            "key": "CN-NCIRM-4-OTHER/cac-provincial/1",
            "title": "其他网络运营者的事件报告",
            "due_at": moment,
            "percent": 75,
            "legal": True,
            "drill": False,
            "roles": ("lead", "legal", "nobody"),
            "key_id": "incident/I-AAAAAAAAAAAA/duty/x/y/1:run:75",
        }
        return Alarm(**{**fields, **changes})

    return make


@pytest.fixture
def ring(roster, mail, outbox):
    texts = RecordingNotifier("sms", outbox)
    recording = {channel: RecordingNotifier(channel, outbox / "drill") for channel in ("email", "sms")}
    return Ring(roster, Senders({"email": mail, "sms": texts}, recording), domain="tocsin.invalid")


async def test_an_alarm_rings_once_at_every_address_of_its_roles(ring, alarm, environment, sink, outbox):
    assert await environment.run(ring.ring, alarm()) == Told(people=("lin", "fa"))
    assert sorted(mail.recipient for mail in sink.mails) == ["lead@example.com", "legal@example.com"]
    [line] = (outbox / "sms.jsonl").read_text().splitlines()
    text = json.loads(line)["text"]
    assert "I-AAAAAAAAAAAA" in text
    assert "75%" in text
    assert "2026年11月23日 11:00" in text
    assert "法定时限" in text


async def test_an_overdue_alarm_says_so(ring, alarm, environment, outbox):
    await environment.run(ring.ring, alarm(percent=100, overdue=2, legal=False, drill=True))
    lines = [json.loads(line) for line in (outbox / "drill" / "email.jsonl").read_text().splitlines()]
    assert "已逾期（第 2 次提醒）" in lines[0]["subject"]
    assert "overdue (reminder 2)" in lines[1]["subject"]
    assert all("演练" in line["subject"] for line in lines)


async def test_one_address_that_fails_keeps_nobody_else_from_hearing(ring, alarm, environment, sink):
    sink.faults.append(Fault(Stage.RCPT, reply="550 5.1.1 no", to="lead@"))
    assert await environment.run(ring.ring, alarm()) == Told(people=("lin", "fa"))
    sink.faults.append(Fault(Stage.RCPT, reply="550 5.1.1 no", to="legal@"))
    assert await environment.run(ring.ring, alarm(key_id="again")) == Told(people=("lin",), missed=("fa",))


async def test_an_alarm_that_nobody_heard_is_tried_again(roster, alarm, environment, mail, sink):
    ring = Ring(roster, Senders({"email": mail}, {}), domain="tocsin.invalid")
    sink.faults.append(Fault(Stage.MAIL, reply="451 4.3.0 later"))
    with pytest.raises(ApplicationError) as caught:
        await environment.run(ring.ring, alarm())
    assert caught.value.type == "unreachable"
    assert "example.com" not in repr(caught.value)
    sink.faults.append(Fault(Stage.MAIL, reply="451 4.3.0 later"))
    hasty = alarm(roles=("lead",), patient=False)
    assert await environment.run(ring.ring, hasty) == Told(missed=("lin",)), "somebody further on is told"


async def test_a_role_without_anybody_is_no_fault(ring, alarm, environment):
    assert await environment.run(ring.ring, alarm(roles=("nobody",))) == Told()


def test_what_older_histories_hold_is_read():
    assert Told.model_validate(3) == Told()


FILED = Filed(at=datetime(2026, 11, 23, 1, tzinfo=UTC), channel="portal", reference="report/2")


@pytest.mark.parametrize(
    ("changes", "zh", "en"),
    [
        (
            {"number": 3},
            "tocsin clock ack I-AAAAAAAAAAAA CN-NCIRM-4-OTHER/cac-provincial/1 --alarm 3",
            "Acknow",
        ),
        ({"climbed": True}, "升级", "Nobody before you"),
        ({"filed": FILED}, "尚无回执", "receipt outstanding"),
        ({"filed": FILED}, "tocsin report receipt I-AAAAAAAAAAAA 2", "ask for the receipt"),
        (
            {"filed": FILED.model_copy(update={"reference": "referral/1"})},
            "tocsin refer receipt I-AAAAAAAAAAAA 1",
            "tocsin refer receipt I-AAAAAAAAAAAA 1",
        ),
        ({"provisional": True}, "先行报告", "report provisionally"),
        ({"provisional": True, "by": "notify"}, "tocsin notify plan", "as if it were"),
        ({"provisional": True, "percent": 100, "overdue": 1}, "已逾期", "overdue (reminder 1)"),
        (
            {"provisional": True, "key": "GRADING/internal/1"},
            "tocsin triage I-AAAAAAAAAAAA --confirmed",
            "tocsin triage I-AAAAAAAAAAAA --confirmed",
        ),
    ],
)
def test_an_alarm_says_what_to_do(alarm, changes, zh, en):
    for language, wanted in (("zh-CN", zh), ("en", en)):
        said = words(alarm(**changes), language).to("")
        assert wanted in said.text
        assert "@" not in said.text


@pytest.fixture
def call():
    def make(**changes):
        fields = {
            "incident": "I-AAAAAAAAAAAA",
            "step": "isolate-source",
            "action": "isolate-host",
            "undo": False,
            "idempotency": "incident/I-AAAAAAAAAAAA:run:isolate-source/1",
            "drill": False,
        }
        return Call(**{**fields, **changes})

    return make


@pytest.fixture
def contain(outbox):
    """The activity in front of an endpoint."""

    def make(edr):
        endpoint = Endpoint(url=f"{edr.url}/contain", undo_url=f"{edr.url}/release", connect=1.0, reply=1.0)
        action = HttpAction(endpoint)
        return Contain({"isolate-host": action}, {"isolate-host": RecordingAction(outbox)}), action

    return make


async def test_an_action_is_called_once_and_taken_back(contain, call, environment):
    async with EdrLike() as edr:
        activity, action = contain(edr)
        async with action:
            done = await environment.run(activity.call, call())
            await environment.run(activity.call, call())
            assert (done.ok, done.code) == (True, "action.http.201")
            assert edr.carried_out == {"contain": 1}
            undone = await environment.run(activity.call, call(undo=True))
            assert undone.ok
            assert not edr.isolated


async def test_no_clear_answer_is_asked_again_and_a_clear_no_is_taken(contain, call, environment):
    async with EdrLike(failing=(500,)) as edr:
        activity, action = contain(edr)
        async with action:
            with pytest.raises(ApplicationError) as caught:
                await environment.run(activity.call, call())
            assert caught.value.type == "unknown"
            assert not caught.value.non_retryable
            assert (await environment.run(activity.call, call())).ok
    async with EdrLike(bearer="secret") as edr:
        activity, action = contain(edr)
        async with action:
            refused = await environment.run(activity.call, call())
            assert (refused.ok, refused.code) == (False, "action.http.401")
    activity, action = contain(edr)
    async with action:
        with pytest.raises(ApplicationError) as caught:
            await environment.run(activity.call, call())
        assert caught.value.type == "unreachable"
    away = await environment.run(activity.call, call(action="no-such"))
    assert (away.ok, away.code) == (False, "action.missing")


async def test_a_drill_only_writes_the_order_down(contain, call, environment, outbox):
    async with EdrLike() as edr:
        activity, action = contain(edr)
        async with action:
            assert (await environment.run(activity.call, call(drill=True))).ok
        assert not edr.carried_out
    assert "演练" in (outbox / "action.jsonl").read_text()
