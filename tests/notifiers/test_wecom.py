"""Messages to persons in WeCom, against an endpoint that knows what it really took."""

from datetime import UTC, datetime

import pytest

from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable
from notifiers.im import Group, ImNotifier
from notifiers.im_both import GroupsAndPersons
from notifiers.port import Accepted, Answer, Reference
from notifiers.wecom import MISCONFIGURED, REFUSED, UNREACHABLE, WecomApp, WecomNotifier, judged
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from service.local_endpoints.wecom_like import WecomLike
from tests.notifiers.numbers import text


def app(provider, **changes):
    fields = {
        "corp_id": provider.corp_id,
        "agent_id": provider.agent_id,
        "secret": provider.secret,
        "base_url": provider.url,
        "connect": 5.0,
        "reply": 0.5,
    }
    return WecomApp(**{**fields, **changes})


def said(number=1, **changes):
    return text(number, **{"to": f"member{number}", **changes})


async def test_a_batch_needs_one_token():
    async with WecomLike() as provider, WecomNotifier(app(provider)) as notifier:
        outcomes = await notifier.send_many([said(number) for number in range(30)])
        assert all(isinstance(each, Accepted) for each in outcomes)
        assert provider.tokens == 1
        assert {one.member for one in provider.taken} == {f"member{number}" for number in range(30)}
        provider.withdraw()
        assert isinstance((await notifier.send_many([said(31)]))[0], Accepted)
        assert (provider.tokens, len(provider.taken)) == (2, 31)


@pytest.mark.parametrize(
    ("fault", "expected", "code", "taken"),
    [
        (ProviderFault(Turn.THROTTLED), Unreachable, "wecom.45009", 0),
        (ProviderFault(Turn.BROKEN), Unknown, "wecom.http.502", 0),
        (ProviderFault(Turn.BROKEN_AFTER), Unknown, "wecom.http.500", 1),
        (ProviderFault(Turn.SILENT), Unknown, "wecom.silence", 0),
        (ProviderFault(Turn.SILENT_AFTER), Unknown, "wecom.silence", 1),
        (ProviderFault(Turn.CUT_AFTER), Unknown, "wecom.connection.lost", 1),
        (ProviderFault(Turn.GARBLED_AFTER), Unknown, "wecom.garbled", 1),
        (ProviderFault(Turn.REFUSED, code=-1, status=200), Unknown, "wecom.-1", 0),
        (ProviderFault(Turn.REFUSED, code=81013, status=200), Refused, "wecom.81013", 0),
        (ProviderFault(Turn.REFUSED, code=60020, status=200), Misconfigured, "wecom.60020", 0),
        (ProviderFault(Turn.REFUSED, code=99999, status=200), Misconfigured, "wecom.99999", 0),
        (ProviderFault(Turn.REFUSED, code=1, status=429), Unreachable, "wecom.http.429", 0),
        (ProviderFault(Turn.REFUSED, code=1, status=302), Misconfigured, "wecom.http.302", 0),
    ],
    ids=lambda value: f"{value.turn.value}{value.code}" if isinstance(value, ProviderFault) else None,
)
async def test_each_way_of_going_wrong_has_its_class(fault, expected, code, taken):
    script = ProviderFault(fault.turn, code=fault.code, status=fault.status)
    async with WecomLike(faults=(script,)) as provider, WecomNotifier(app(provider)) as notifier:
        with pytest.raises(expected) as caught:
            await notifier.send(said(1))
        assert caught.value.code == code
        assert "member1" not in f"{caught.value} {caught.value!r}"
        assert len(provider.taken) == taken


@pytest.mark.parametrize("wrong", [{"secret": "no"}, {"corp_id": "no"}, {"agent_id": 7}])
async def test_wrong_credentials_stop_the_channel_within_ten_requests(wrong):
    async with WecomLike() as provider, WecomNotifier(app(provider, **wrong)) as notifier:
        outcomes = await notifier.send_many([said(number) for number in range(90)])
        assert {type(each) for each in outcomes} == {Misconfigured}
        assert provider.requests + provider.tokens <= 10
        assert not provider.taken


async def test_a_member_that_is_not_there_is_refused():
    async with WecomLike() as provider, WecomNotifier(app(provider)) as notifier:
        provider.members_unknown = frozenset({"member1"})
        with pytest.raises(Refused, match=r"wecom\.81013"):
            await notifier.send(said(1))
        for nobody in ("", "@all", "a|b", "a b"):
            with pytest.raises(Refused, match=r"wecom\.member"):
                await notifier.send(said(1, to=nobody))
        with pytest.raises(Refused, match=r"wecom\.too_long"):
            await notifier.send(said(1, text="长" * 683))
        assert not provider.taken


async def test_a_provider_that_is_away_was_not_sent_to():
    async with WecomLike() as provider:
        gone = app(provider)
    async with WecomNotifier(gone) as notifier:
        with pytest.raises(Unreachable, match=r"wecom\.connect"):
            await notifier.send(said(1))
        verdict = await notifier.look_up(Reference("row-1", "member1", datetime.now(UTC)))
    assert verdict.answer is Answer.CANNOT_TELL


async def test_groups_and_persons_are_one_channel(unused_port):
    groups = ImNotifier([Group("ops", f"json://127.0.0.1:{unused_port}/")])
    async with WecomLike() as provider:
        persons = WecomNotifier(app(provider))
        async with GroupsAndPersons(groups, frozenset({"ops"}), persons) as notifier:
            outcomes = await notifier.send_many([said(1), said(2, to="ops"), said(3)])
            assert [type(each) for each in outcomes] == [Accepted, Unknown, Accepted]
            assert isinstance(await notifier.send(said(4)), Accepted)
            asked = Reference("row-1", "ops", datetime.now(UTC))
            assert (await notifier.look_up(asked)).code == "im.no_memory"
    assert [one.member for one in provider.taken] == ["member1", "member3", "member4"]


def test_no_code_is_in_two_tables():
    assert not REFUSED.keys() & (MISCONFIGURED.keys() | UNREACHABLE.keys())
    assert isinstance(judged(None), Unknown)
