"""Several SMS providers behind one channel: over only where it is sure that nothing was sent."""

from datetime import UTC, datetime, timedelta

import pytest

from notifiers.aliyun_sms import AliyunSmsNotifier
from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable, Unworded
from notifiers.port import Accepted, Answer
from notifiers.routed import COOL_OFF, Provider, Route, RoutedNotifier
from notifiers.sms import SmsNotifier
from service.local_endpoints.aliyun_like import AliyunLike
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from service.local_endpoints.twilio_like import TwilioLike
from tests.notifiers.numbers import account as at_twilio
from tests.notifiers.numbers import reference
from tests.notifiers.test_aliyun import account as at_aliyun
from tests.notifiers.test_aliyun import breach

ROUTES = (Route("", ("twilio",)), Route("+86", ("aliyun", "twilio")), Route("+999", ("aliyun",)))


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def routed(aliyun, twilio, *, clock=None, **changes):
    providers = {
        "aliyun": Provider(AliyunSmsNotifier(at_aliyun(aliyun, **changes)), ("aliyun:",)),
        "twilio": Provider(SmsNotifier(at_twilio(twilio)), ("SM",)),
    }
    return RoutedNotifier("sms", providers, ROUTES, clock or Clock())


async def test_each_number_goes_by_the_longest_prefix():
    async with (
        AliyunLike() as aliyun,
        TwilioLike(callbacks=False) as twilio,
        routed(aliyun, twilio) as notifier,
    ):
        outcomes = await notifier.send_many([breach(1), breach(2, to="+4915112345678"), breach(3)])
    assert [each.provider_ref[:2] for each in outcomes] == ["al", "SM", "al"]
    assert [one.number for one in aliyun.taken] == ["13800138001", "13800138003"]
    assert [one.to for one in twilio.created] == ["+4915112345678"]


async def test_who_has_no_wording_with_one_provider_is_told_by_the_next():
    twilio = TwilioLike(callbacks=False)
    async with AliyunLike() as aliyun, twilio, routed(aliyun, twilio) as notifier:
        people = [breach(1), breach(2, kind="organisation"), breach(3, kind="guardian", to="+9991234567")]
        first, firm, guardian = await notifier.send_many(people)
    assert [first.provider_ref[:2], firm.provider_ref[:2]] == ["al", "SM"]
    assert (type(guardian), guardian.code) == (Unworded, "aliyun.template.kind")
    assert [one.to for one in twilio.created] == [people[1].to]


async def test_a_provider_without_a_wording_says_nothing_of_the_one_before():
    faults = (ProviderFault(Turn.THROTTLED),)
    async with AliyunLike() as aliyun, TwilioLike(faults=faults, callbacks=False) as twilio:
        providers = {
            "aliyun": Provider(AliyunSmsNotifier(at_aliyun(aliyun)), ("aliyun:",)),
            "twilio": Provider(SmsNotifier(at_twilio(twilio)), ("SM",)),
        }
        async with RoutedNotifier("sms", providers, [Route("", ("twilio", "aliyun"))]) as notifier:
            [outcome] = await notifier.send_many([breach(1, kind="organisation")])
    assert isinstance(outcome, Unreachable)


@pytest.mark.parametrize(
    ("fault", "expected", "over"),
    [
        (ProviderFault(Turn.THROTTLED), Accepted, True),
        (ProviderFault(Turn.REFUSED, word="isv.AMOUNT_NOT_ENOUGH", status=200), Accepted, True),
        (ProviderFault(Turn.REFUSED, word="isv.BUSINESS_LIMIT_CONTROL", status=200), Accepted, True),
        (ProviderFault(Turn.REFUSED, word="isv.MOBILE_NUMBER_ILLEGAL", status=200), Refused, False),
        (ProviderFault(Turn.BROKEN_AFTER), Unknown, False),
        (ProviderFault(Turn.BROKEN), Unknown, False),
        (ProviderFault(Turn.SILENT_AFTER), Unknown, False),
        (ProviderFault(Turn.GARBLED_AFTER), Unknown, False),
    ],
    ids=lambda value: f"{value.turn.value}{value.word}" if isinstance(value, ProviderFault) else None,
)
async def test_another_takes_over_only_what_was_surely_not_sent(fault, expected, over):
    async with (
        AliyunLike(faults=(fault,)) as aliyun,
        TwilioLike(callbacks=False) as twilio,
        routed(aliyun, twilio) as notifier,
    ):
        [outcome] = await notifier.send_many([breach(1)])
        assert isinstance(outcome, expected)
        assert len(twilio.created) == over
        assert len(aliyun.taken) + len(twilio.created) <= 1


async def test_a_provider_with_wrong_settings_is_left_alone_for_a_while():
    clock = Clock()
    async with (
        AliyunLike() as aliyun,
        TwilioLike(callbacks=False) as twilio,
        routed(aliyun, twilio, clock=clock, key_secret="wrong") as notifier,
    ):
        for _ in range(5):
            outcomes = await notifier.send_many([breach(number) for number in range(20)])
            assert all(isinstance(each, Accepted) for each in outcomes)
        assert aliyun.requests == 1
        clock.now = COOL_OFF
        await notifier.send(breach(1))
        assert aliyun.requests == 2


async def test_out_of_reach_is_said_where_one_may_come_back():
    async with AliyunLike() as aliyun, TwilioLike() as twilio:
        providers = routed(aliyun, twilio)
        twilio.auth_token = "another"
        aliyun.faults.append(ProviderFault(Turn.THROTTLED))
        async with providers as notifier:
            assert isinstance((await notifier.send_many([breach(1)]))[0], Unreachable)
            with pytest.raises(Unreachable):
                await notifier.send(breach(1, to="+99912345678"))


async def test_no_route_is_refused_and_a_route_to_nobody_is_a_mistake():
    async with AliyunLike() as aliyun:
        provider = Provider(AliyunSmsNotifier(at_aliyun(aliyun)), ("aliyun:",))
        async with RoutedNotifier("sms", {"aliyun": provider}, [Route("+86", ("aliyun",))]) as notifier:
            with pytest.raises(Refused, match=r"route\.none"):
                await notifier.send(breach(1, to="+4915112345678"))
        for providers in ((), ("twilio",)):
            with pytest.raises(Misconfigured, match=r"route\.provider"):
                RoutedNotifier("sms", {"aliyun": provider}, [Route("+86", providers)])


async def test_a_look_up_goes_to_whoever_had_it():
    async with (
        AliyunLike(faults=(ProviderFault(Turn.THROTTLED, to="13800138002"),)) as aliyun,
        TwilioLike(callbacks=False) as twilio,
        routed(aliyun, twilio) as notifier,
    ):
        outcomes = await notifier.send_many([breach(1), breach(2)])
        for message, outcome in zip([breach(1), breach(2)], outcomes, strict=True):
            known = reference(message, provider_ref=outcome.provider_ref)
            assert (await notifier.look_up(known)).answer is Answer.ACCEPTED
            # Nobody remembers who had it: all who may have are asked.
            assert (await notifier.look_up(reference(message))).answer is Answer.ACCEPTED
        old = datetime.now(UTC) - timedelta(hours=1)
        verdict = await notifier.look_up(reference(breach(3), attempted_at=old))
        assert (verdict.answer, verdict.settled) == (Answer.NOT_FOUND, True)
        verdict = await notifier.look_up(reference(breach(3)))
        assert (verdict.answer, verdict.settled) == (Answer.NOT_FOUND, False)
        stranger = reference(breach(1), provider_ref="of-another-provider")
        assert (await notifier.look_up(stranger)).answer is Answer.CANNOT_TELL
