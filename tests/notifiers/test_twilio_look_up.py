"""Asking the provider what became of an attempt, and never taking silence for a no."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from notifiers.errors import Unknown, Unreachable
from notifiers.port import Answer
from notifiers.sms import SmsNotifier
from notifiers.voice import VoiceNotifier
from service.local_endpoints.local_server import LocalServer
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from service.local_endpoints.twilio_like import TwilioLike
from tests.notifiers.numbers import account, reference, text


async def test_an_unknown_outcome_is_found_by_number_text_and_time(kind):
    fault = ProviderFault(Turn.BROKEN_AFTER, to="+8613800138001")
    async with TwilioLike(faults=(fault,), callbacks=False) as provider, kind(account(provider)) as notifier:
        with pytest.raises(Unknown):
            await notifier.send(text(1))
        verdict = await notifier.look_up(reference(text(1)))
        assert verdict.answer is Answer.ACCEPTED
        assert verdict.provider_ref == provider.created[0].sid
        later = reference(text(1), attempted_at=datetime.now(UTC) + timedelta(minutes=5))
        assert (await notifier.look_up(later)).answer is Answer.NOT_FOUND


async def test_another_text_to_the_same_number_is_not_ours():
    async with TwilioLike(callbacks=False) as provider, SmsNotifier(account(provider)) as notifier:
        await notifier.send(text(1, text="something else"))
        assert (await notifier.look_up(reference(text(1)))).answer is Answer.NOT_FOUND


async def test_without_a_digest_a_message_to_the_number_may_be_any():
    async with TwilioLike(callbacks=False) as provider, SmsNotifier(account(provider)) as notifier:
        blank = reference(text(1), text_digest="")
        assert (await notifier.look_up(blank)).answer is Answer.NOT_FOUND
        await notifier.send(text(1))
        assert (await notifier.look_up(blank)).answer is Answer.CANNOT_TELL


async def test_an_attempt_is_dated_late_and_still_found(kind):
    async with TwilioLike(callbacks=False) as provider, kind(account(provider)) as notifier:
        sent = await notifier.send(text(1))
        late = reference(text(1), attempted_at=datetime.now(UTC) + timedelta(seconds=50))
        assert (await notifier.look_up(late)).provider_ref == sent.provider_ref


async def test_calls_that_cannot_be_told_apart():
    async with TwilioLike(callbacks=False) as provider, VoiceNotifier(account(provider)) as notifier:
        await notifier.send(text(1))
        await notifier.send(text(1))
        assert (await notifier.look_up(reference(text(1)))).answer is Answer.CANNOT_TELL


async def test_not_found_counts_only_after_the_settle_window(kind):
    now = datetime.now(UTC)
    clock = [now]
    async with (
        TwilioLike() as provider,
        kind(account(provider, settle=timedelta(minutes=15)), now=lambda: clock[0]) as notifier,
    ):
        asked = reference(text(1), attempted_at=now)
        first = await notifier.look_up(asked)
        clock[0] = now + timedelta(minutes=15)
        second = await notifier.look_up(asked)
    assert (first.answer, first.settled) == (Answer.NOT_FOUND, False)
    assert (second.answer, second.settled) == (Answer.NOT_FOUND, True)


async def test_a_known_sid_decides(kind):
    fault = ProviderFault(Turn.UNDELIVERED, to="+8613800138002", code=30003)
    async with TwilioLike(faults=(fault,)) as provider, kind(account(provider)) as notifier:
        good, bad = await notifier.send(text(1)), await notifier.send(text(2))
        await provider.settled()
        assert (
            await notifier.look_up(reference(text(1), provider_ref=good.provider_ref))
        ).answer is Answer.DELIVERED
        verdict = await notifier.look_up(reference(text(2), provider_ref=bad.provider_ref))
        assert verdict.answer is Answer.REFUSED
        assert verdict.code in ("twilio.30003", "twilio.failed")
        gone = await notifier.look_up(reference(text(3), provider_ref="SM" + "0" * 32))
        assert gone.answer is Answer.CANNOT_TELL


async def test_a_look_up_reads_every_page():
    async with TwilioLike(callbacks=False) as provider, SmsNotifier(account(provider)) as notifier:
        wanted = text(1)
        await notifier.send(wanted)
        for number in range(120):
            await notifier.send(text(1, text=f"other {number}"))
        verdict = await notifier.look_up(reference(wanted))
    assert verdict.provider_ref == provider.created[0].sid


async def test_a_look_up_that_fails_says_nothing_about_the_message(kind):
    async with TwilioLike() as provider:
        door = LocalServer(Starlette(routes=[Route("/{rest:path}", lambda _: Response("x", 500))]))
        async with door, kind(account(provider, base_url=door.url)) as notifier:
            with pytest.raises(Unreachable, match=r"twilio\.http\.500"):
                await notifier.look_up(reference(text(1)))
