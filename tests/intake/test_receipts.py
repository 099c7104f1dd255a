"""Twilio's callbacks, signed as Twilio signs them, into real rows."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from ledger.port import DeliveryState, NewDelivery, Outcome

TOKEN = "twilio-auth-token-of-a-test"
CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def reference(memory):
    """One person was sent an SMS, and the provider has it."""
    key = memory.keys.campaign(CAMPAIGN)
    sealed = key.seal(b"{}", "1")
    memory.deliveries.freeze(CAMPAIGN, [NewDelivery(1, key.person("1"), ("sms", "email"), "zh", sealed)])
    (claimed,) = memory.deliveries.claim(CAMPAIGN, ["sms"], 1, 1, 1, "token", NOW)
    memory.deliveries.settle(CAMPAIGN, "token", [Outcome(1, DeliveryState.UNKNOWN)], NOW)
    return claimed.reference


@pytest.fixture
def state(memory):
    return lambda: memory.deliveries.page(CAMPAIGN)[0].state


@pytest.fixture
def call_back(client):
    async def call_back(reference, fields, *, token=TOKEN, query="", url=None, algorithm=None, **headers):
        path = f"/receipts/twilio/{reference}{query}"
        signature = RequestValidator(token).compute_signature(
            url or f"https://tocsin.example{path}", dict(fields), algorithm
        )
        head = {"content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature}
        return await client.post(path, content=urlencode(fields), headers=head | headers)

    return call_back


def message(status, **more):
    return {"MessageSid": "SM" + "0" * 32, "MessageStatus": status, "To": "+8613800138000", "Body": ""} | more


def voice(status, **more):
    return {"CallSid": "CA" + "0" * 32, "CallStatus": status, "SequenceNumber": "3"} | more


@pytest.mark.parametrize(
    ("fields", "becomes"),
    [
        (message("queued"), DeliveryState.UNKNOWN),
        (message("sending"), DeliveryState.UNKNOWN),
        (message("sent"), DeliveryState.SENT),
        (message("delivered"), DeliveryState.DELIVERED),
        (message("read"), DeliveryState.DELIVERED),
        (message("undelivered", ErrorCode="30003"), DeliveryState.BOUNCED),
        (message("failed", ErrorCode="30008"), DeliveryState.REFUSED),
        (message("canceled"), DeliveryState.REFUSED),
        (voice("ringing"), DeliveryState.UNKNOWN),
        (voice("in-progress"), DeliveryState.SENT),
        (voice("completed"), DeliveryState.DELIVERED),
        (voice("completed", AnsweredBy="human"), DeliveryState.DELIVERED),
        (voice("completed", AnsweredBy="machine_end_beep"), DeliveryState.SENT),
        (voice("busy"), DeliveryState.BOUNCED),
        (voice("no-answer"), DeliveryState.BOUNCED),
        (voice("failed"), DeliveryState.REFUSED),
    ],
)
async def test_a_callback_moves_its_row_once(call_back, reference, state, fields, becomes):
    for _ in range(2):
        answer = await call_back(reference, fields)
        assert (answer.status_code, answer.content) == (204, b"")
        assert state() is becomes


async def test_callbacks_in_any_order_end_alike(call_back, reference, state, memory):
    for status in ("delivered", "queued", "sent"):
        assert (await call_back(reference, message(status))).status_code == 204
    assert state() is DeliveryState.DELIVERED
    assert memory.deliveries.page(CAMPAIGN)[0].provider_ref == "SM" + "0" * 32


async def test_the_providers_code_is_kept(call_back, reference, memory):
    await call_back(reference, message("undelivered", ErrorCode="30003"))
    assert memory.deliveries.page(CAMPAIGN)[0].code == "twilio.30003"


async def test_any_active_token_proves_it(call_back, reference, state):
    assert (await call_back(reference, message("sent"), token="an-older-token")).status_code == 204
    assert state() is DeliveryState.SENT


async def test_a_query_and_the_newer_algorithm_are_part_of_the_proof(call_back, reference, state):
    answer = await call_back(
        reference,
        message("delivered"),
        query="?leg=1",
        algorithm="HMAC_SHA256",
        **{"x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256"},
    )
    assert answer.status_code == 204
    assert state() is DeliveryState.DELIVERED


async def test_what_is_not_proven_changes_nothing(call_back, client, reference, state):
    answers = [
        await call_back(reference, message("delivered"), token="somebody-else"),
        await call_back(reference, message("delivered"), **{"x-twilio-signature": ""}),
        await call_back(reference, message("delivered"), **{"x-twilio-signature": "é".encode()}),
        await call_back(reference, message("delivered"), url="https://tocsin.example/receipts/twilio/other"),
        await call_back(
            reference, message("delivered"), url=f"http://evil.example/receipts/twilio/{reference}"
        ),
        await call_back(
            reference,
            message("delivered"),
            **{"x-twilio-webhooks-signature-settings": "key=k,algorithm=NONE"},
        ),
        await client.post(f"/receipts/twilio/{reference}", content="MessageStatus=delivered"),
        await client.post(f"/receipts/twilio/{reference}", content=b""),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "bad_signature")}
    assert state() is DeliveryState.UNKNOWN


async def test_an_unknown_reference_is_told_so(call_back, reference):
    for other in ("0" * 50, "x", reference[:-1], reference[:-1] + ("0" if reference[-1] != "0" else "1")):
        answer = await call_back(other, message("delivered"))
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_reference"), other


@pytest.mark.parametrize(
    "fields", [{}, {"MessageSid": "SM1"}, message("vanished"), voice("vanished"), {"MessageStatus": "sent"}]
)
async def test_a_proven_form_that_says_nothing_is_refused(call_back, reference, state, fields):
    answer = await call_back(reference, fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_receipt")
    assert state() is DeliveryState.UNKNOWN


@pytest.mark.parametrize("body", [b"\xff\xfe", "=警".encode(), b"&".join([b"a=b"] * 500), b"a=%FF"])
async def test_a_form_that_is_none_is_refused(client, reference, body):
    answer = await client.post(f"/receipts/twilio/{reference}", content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_receipt")


async def test_a_large_form_is_not_read(client, reference):
    answer = await client.post(f"/receipts/twilio/{reference}", content=b"a" * 65_537)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert (await client.get(f"/receipts/twilio/{reference}")).status_code == 405


async def test_while_the_ledger_is_away_twilio_is_asked_to_come_back(call_back, reference, memory):
    with memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery RENAME TO away")
    answer = await call_back(reference, message("delivered"))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
