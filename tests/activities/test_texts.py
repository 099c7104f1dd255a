from datetime import timedelta

import pytest

from activities.deliver import Deliver, Reconcile
from activities.senders import Senders
from ledger.port import DeliveryState
from notifiers.sms import SmsNotifier
from notifiers.twilio_line import TwilioAccount
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from service.local_endpoints.twilio_like import TwilioLike

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
FAMILY = "姓名,手机号\n父,13800138000\n母,13800138000\n子,13911112222\n"


@pytest.fixture
def account():
    def make(provider):
        return TwilioAccount(
            account_sid=provider.account_sid,
            key=provider.account_sid,
            secret=provider.auth_token,
            sender="+12025550123",
            base_url=provider.url,
            settle=timedelta(0),
        )

    return make


async def test_a_text_in_doubt_is_found_at_the_provider_by_its_words_or_sent_once_more(
    freeze, account, memory, letters, environment, batch
):
    # The father's text was taken although the answer was a fault; the son's never was.
    faults = (
        ProviderFault(Turn.BROKEN_AFTER, to="8000", times=1),
        ProviderFault(Turn.BROKEN, to="2222", times=1),
    )
    await freeze(FAMILY, channels=("sms",))
    provider = TwilioLike(faults=faults, callbacks=False)
    async with provider, SmsNotifier(account(provider)) as texts:
        senders = Senders({"sms": texts}, {})
        deliver = Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid")
        request = batch(channels=("sms",))
        answer = await environment.run(deliver.batch, request)
        assert (answer.sent, answer.unknown) == (1, 2)
        doubt = Reconcile(
            campaign=CAMPAIGN,
            first=1,
            last=10_000,
            final=False,
            drill=False,
            incident=request.incident,
            message=request.message,
            facts=request.facts,
            organisation=request.organisation,
        )
        left = await environment.run(deliver.reconcile, doubt)
        assert (left.unknown, left.due) == (0, 1)
        again = await environment.run(deliver.batch, request.model_copy(update={"token": "shard/2"}))
        assert (again.claimed, again.sent) == (1, 1)
        bodies = [made.body for made in provider.created]
    assert len(bodies) == len(set(bodies)) == 3
    rows = memory.deliveries.page(CAMPAIGN)
    assert [row.state for row in rows] == [DeliveryState.SENT] * 3
    assert len({row.provider_ref for row in rows}) == 3
    assert [row.possible_duplicate for row in rows] == [False, False, True]


async def test_without_its_words_a_text_in_doubt_stays_in_doubt_until_the_end(
    freeze, account, memory, letters, environment, batch
):
    faults = (ProviderFault(Turn.BROKEN_AFTER, times=1),)
    await freeze("姓名,手机号,邮箱\n父,13800138000,fu@example.com\n", channels=("sms", "email"))
    provider = TwilioLike(faults=faults, callbacks=False)
    async with provider, SmsNotifier(account(provider)) as texts:
        senders = Senders({"sms": texts}, {})
        deliver = Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid")
        await environment.run(deliver.batch, batch(channels=("sms",)))
        doubt = Reconcile(campaign=CAMPAIGN, first=1, last=10, final=False, drill=False)
        left = await environment.run(deliver.reconcile, doubt)
        assert (left.unknown, left.due) == (1, 0)
        left = await environment.run(deliver.reconcile, doubt.model_copy(update={"final": True}))
        assert (left.unknown, left.due) == (0, 1)
    [row] = memory.deliveries.page(CAMPAIGN)
    assert (row.channel, row.state) == ("email", DeliveryState.DUE)
