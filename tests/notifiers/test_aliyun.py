"""SMS through Aliyun against an endpoint that checks signatures and knows what it really took."""

from datetime import UTC, date, datetime, timedelta

import pytest

from notifiers.aliyun_codes import MISCONFIGURED, REFUSED, UNREACHABLE, judged
from notifiers.aliyun_line import AliyunAccount, Template, signed
from notifiers.aliyun_sms import AliyunSmsNotifier
from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable, Unworded
from notifiers.port import Accepted, Answer
from service.local_endpoints.aliyun_like import AliyunLike
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from tests.notifiers.numbers import reference, text

APPROVED = Template("SMS_1", {"name": "{name}", "hotline": "400-000"}, date(2026, 11, 1), "approved")


def account(provider, **changes):
    fields = {
        "key_id": provider.key_id,
        "key_secret": provider.key_secret,
        "sign_name": "警钟",
        "templates": {"breach": APPROVED},
        "base_url": provider.url,
        "connect": 5.0,
        "reply": 0.5,
    }
    return AliyunAccount(**{**fields, **changes})


def breach(number=1, **changes):
    return text(number, template="breach", **changes)


def test_the_signature_is_the_documented_one():
    """The worked example of Alibaba Cloud's page on signature version 3."""
    headers = signed(
        "RunInstances",
        {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"},
        b"",
        host="ecs.cn-shanghai.aliyuncs.com",
        key=("YourAccessKeyId", "YourAccessKeySecret"),
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
        version="2014-05-26",
    )
    assert headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


async def test_the_template_is_filled_for_each_and_the_row_travels_with_it():
    async with AliyunLike() as provider, AliyunSmsNotifier(account(provider)) as notifier:
        accepted = await notifier.send(breach(7, name="张&三 ~*"))
        await notifier.send(breach(8, to="+85251234567"))
    first, second = provider.taken
    assert accepted.provider_ref == f"aliyun:{first.biz_id}"
    assert (first.number, first.out_id) == ("13800138007", "row-7")
    assert first.params == {"name": "张&三 ~*", "hotline": "400-000"}
    assert (second.number, second.params["name"]) == ("85251234567", "用户")


@pytest.mark.parametrize("batch", [1, 100])
@pytest.mark.parametrize(
    ("fault", "expected", "code", "taken"),
    [
        (ProviderFault(Turn.THROTTLED), Unreachable, "aliyun.Throttling.User", 0),
        (ProviderFault(Turn.BROKEN), Unknown, "aliyun.http.503", 0),
        (ProviderFault(Turn.BROKEN_AFTER), Unknown, "aliyun.http.500", 1),
        (ProviderFault(Turn.SILENT), Unknown, "aliyun.silence", 0),
        (ProviderFault(Turn.SILENT_AFTER), Unknown, "aliyun.silence", 1),
        (ProviderFault(Turn.CUT_AFTER), Unknown, "aliyun.connection.lost", 1),
        (ProviderFault(Turn.GARBLED_AFTER), Unknown, "aliyun.garbled", 1),
        (
            ProviderFault(Turn.REFUSED, word="isv.BUSINESS_LIMIT_CONTROL", status=200),
            Unreachable,
            "aliyun.isv.BUSINESS_LIMIT_CONTROL",
            0,
        ),
        (
            ProviderFault(Turn.REFUSED, word="isv.MOBILE_NUMBER_ILLEGAL", status=200),
            Refused,
            "aliyun.isv.MOBILE_NUMBER_ILLEGAL",
            0,
        ),
        (
            ProviderFault(Turn.REFUSED, word="isv.AMOUNT_NOT_ENOUGH", status=200),
            Misconfigured,
            "aliyun.isv.AMOUNT_NOT_ENOUGH",
            0,
        ),
        (
            ProviderFault(Turn.REFUSED, word="isv.SOMETHING_NEW", status=200),
            Misconfigured,
            "aliyun.isv.SOMETHING_NEW",
            0,
        ),
        (
            ProviderFault(Turn.REFUSED, word="isp.SYSTEM_ERROR", status=200),
            Unknown,
            "aliyun.isp.SYSTEM_ERROR",
            0,
        ),
        (ProviderFault(Turn.REFUSED, word="", status=200), Unknown, "aliyun.http.200", 0),
        (ProviderFault(Turn.REFUSED, word="OK", status=302), Misconfigured, "aliyun.http.302", 0),
    ],
    ids=lambda value: f"{value.turn.value}{value.word}" if isinstance(value, ProviderFault) else None,
)
async def test_each_way_of_going_wrong_has_its_class(fault, expected, code, taken, batch):
    script = ProviderFault(fault.turn, status=fault.status, word=fault.word)
    async with (
        AliyunLike(faults=(script,)) as provider,
        AliyunSmsNotifier(account(provider, batch=batch)) as notifier,
    ):
        [outcome] = await notifier.send_many([breach(1)])
        assert isinstance(outcome, expected)
        assert outcome.code == code
        assert "138001380" not in f"{outcome} {outcome!r}"
        assert len(provider.taken) == taken
        provider.faults.clear()
        assert [type(each) for each in await notifier.send_many([breach(2)])] == [Accepted]


async def test_a_batch_is_a_few_requests_and_one_bad_number_spoils_no_other():
    async with (
        AliyunLike() as provider,
        AliyunSmsNotifier(account(provider, batch=100)) as notifier,
    ):
        people = [breach(number, to=f"+8613800138{number:03d}", name=f"人{number}") for number in range(250)]
        outcomes = await notifier.send_many(people)
        assert provider.requests == 3
        assert [one.params["name"] for one in sorted(provider.taken, key=lambda one: one.number)] == [
            f"人{number}" for number in range(250)
        ]
        assert all(isinstance(each, Accepted) for each in outcomes)
        provider.taken.clear()
        people[40] = breach(40, to="nonsense")
        outcomes = await notifier.send_many(people[:100])
        assert [number for number, each in enumerate(outcomes) if isinstance(each, Refused)] == [40]
        assert len({one.number for one in provider.taken}) == len(provider.taken) == 99


async def test_a_stop_reaches_a_batch_that_goes_one_by_one():
    async with (
        AliyunLike() as provider,
        AliyunSmsNotifier(account(provider, batch=100)) as notifier,
    ):
        people = [breach(number) for number in range(20)] + [breach(20, to="nonsense")]
        outcomes = await notifier.send_many(people, lambda: len(provider.taken) >= 3)
        assert len(provider.taken) == 3
        assert [type(each) for each in outcomes] == [Accepted] * 3 + [Unreachable] * 18


@pytest.mark.parametrize("batch", [1, 100])
async def test_wrong_credentials_stop_the_channel_within_ten_requests(batch):
    async with AliyunLike() as provider:
        wrong = account(provider, key_secret="not the secret", batch=batch)
        async with AliyunSmsNotifier(wrong) as notifier:
            outcomes = await notifier.send_many([breach(number % 90) for number in range(500)])
        assert {each.code for each in outcomes} == {"aliyun.SignatureDoesNotMatch"}
        assert provider.requests == 1
    assert "not the secret" not in repr(wrong)


@pytest.mark.parametrize("state", ["pending", "rejected"])
async def test_a_template_that_is_not_approved_sends_nothing(state):
    async with AliyunLike() as provider:
        waiting = account(provider, templates={"breach": Template("SMS_1", state=state)})
        async with AliyunSmsNotifier(waiting) as notifier:
            outcomes = await notifier.send_many([breach(1), text(2)])
        assert [each.code for each in outcomes] == ["aliyun.template.unapproved"] * 2
        assert provider.requests == 0
    with pytest.raises(Misconfigured, match=r"aliyun\.template"):
        waiting.template("another", "zh-CN")


def wording(code, **changes):
    return Template(code, {}, date(2026, 11, 1), "approved", **changes)


@pytest.mark.parametrize("batch", [1, 100])
async def test_each_kind_of_reader_gets_a_wording_that_is_true_of_them(batch):
    templates = {
        "breach": wording("SMS_1"),
        "breach/zh/organisation": wording("SMS_2"),
        "breach/guardian": Template("SMS_3", state="pending"),
    }
    kinds = ("individual", "minor", "guardian", "organisation", "individual")
    async with AliyunLike(templates=frozenset({"SMS_1", "SMS_2"})) as provider:
        async with AliyunSmsNotifier(account(provider, templates=templates, batch=batch)) as notifier:
            outcomes = await notifier.send_many([breach(n, kind=kind) for n, kind in enumerate(kinds)])
        assert [type(each) for each in outcomes] == [Accepted, Accepted, Unworded, Accepted, Accepted]
        assert outcomes[2].code == "aliyun.template.kind"
        sent = {each.number[-1]: each.template for each in provider.taken}
    assert sent == {"0": "SMS_1", "1": "SMS_1", "3": "SMS_2", "4": "SMS_1"}


def test_the_wording_for_individuals_serves_others_where_it_says_so():
    def at(templates):
        return AliyunAccount("k", "s", "警钟", templates).template("breach", "zh-CN", "guardian")

    own, shared, also = wording("SMS_1"), wording("SMS_2"), wording("SMS_3", also=frozenset({"guardian"}))
    assert at({"breach": also}).code == "SMS_3"
    assert at({"breach": also, "breach/zh/guardian": own, "breach/guardian": shared}).code == "SMS_1"
    assert at({"breach/zh": own, "breach/guardian": shared}).code == "SMS_2"
    with pytest.raises(Unworded, match=r"no template breach/zh/guardian, and SMS_1 does not say"):
        at({"breach": own, "breach/zh/organisation": shared})
    with pytest.raises(Misconfigured, match="no template for the message"):
        at({"breach/zh/organisation": shared})


async def test_a_doubtful_message_is_found_by_its_row():
    fault = ProviderFault(Turn.BROKEN_AFTER, times=1)
    async with AliyunLike(faults=(fault,)) as provider, AliyunSmsNotifier(account(provider)) as notifier:
        with pytest.raises(Unknown):
            await notifier.send(breach(1))
        await notifier.send(breach(1, reference="row-of-another-campaign"))
        asked = reference(breach(1))
        assert (await notifier.look_up(asked)).answer is Answer.ACCEPTED
        provider.taken[0].status, provider.taken[0].err_code = 3, "DELIVERED"
        verdict = await notifier.look_up(asked)
        assert (verdict.answer, verdict.code) == (Answer.DELIVERED, "aliyun.DELIVERED")
        provider.taken[0].status, provider.taken[0].err_code = 2, "MK:0001"
        assert (await notifier.look_up(asked)).answer is Answer.REFUSED
        fresh = await notifier.look_up(reference(breach(1, reference="row-9")))
        assert (fresh.answer, fresh.settled) == (Answer.NOT_FOUND, False)
        old = datetime.now(UTC) - timedelta(minutes=16)
        verdict = await notifier.look_up(reference(breach(1, reference="row-9"), attempted_at=old))
        assert (verdict.answer, verdict.settled) == (Answer.NOT_FOUND, True)


async def test_a_doubtful_message_of_a_batch_cannot_be_told_from_another():
    async with (
        AliyunLike() as provider,
        AliyunSmsNotifier(account(provider, batch=100)) as notifier,
    ):
        await notifier.send_many([breach(1)])
        assert (await notifier.look_up(reference(breach(1)))).answer is Answer.CANNOT_TELL
        assert (await notifier.look_up(reference(breach(2)))).answer is Answer.NOT_FOUND


async def test_settings_that_cannot_be():
    async with AliyunLike() as provider:
        with pytest.raises(Misconfigured, match=r"aliyun\.batch"):
            AliyunSmsNotifier(account(provider, batch=101))
        for url in ("", "https://", "http://dysmsapi.example", "https://[::1"):
            with pytest.raises(Misconfigured):
                AliyunSmsNotifier(account(provider, base_url=url))
        gone = account(provider)
    async with AliyunSmsNotifier(gone) as notifier:
        with pytest.raises(Unreachable, match=r"aliyun\.connect"):
            await notifier.send(breach(1))
        with pytest.raises(Unreachable):
            await notifier.look_up(reference(breach(1)))


def test_no_code_is_in_two_tables():
    assert not REFUSED.keys() & MISCONFIGURED.keys()
    assert not UNREACHABLE.keys() & (REFUSED.keys() | MISCONFIGURED.keys())
    assert judged("bad\r\nword", 400).code == "aliyun.http.400"
