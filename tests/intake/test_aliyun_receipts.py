"""Aliyun's batches of reports, at an address that holds the secret, into real rows."""

from datetime import UTC, datetime

import pytest

from ledger.port import DeliveryState, NewDelivery, Outcome
from tests.intake.conftest import ALIYUN_SECRET

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HERE = f"/receipts/aliyun/{ALIYUN_SECRET}"


@pytest.fixture
def references(memory):
    key = memory.keys.campaign(CAMPAIGN)
    people = [
        NewDelivery(seq, key.person(str(seq)), ("sms", "email"), "zh", key.seal(b"{}", str(seq)))
        for seq in (1, 2)
    ]
    memory.deliveries.freeze(CAMPAIGN, people)
    claimed = memory.deliveries.claim(CAMPAIGN, ["sms"], 1, 2, 2, "token", NOW)
    unknown = [Outcome(seq, DeliveryState.UNKNOWN) for seq in (1, 2)]
    memory.deliveries.settle(CAMPAIGN, "token", unknown, NOW)
    return [each.reference for each in claimed]


@pytest.fixture
def states(memory):
    return lambda: [row.state for row in memory.deliveries.page(CAMPAIGN)]


def report(reference, *, success=True, code="DELIVERED", **more):
    return {
        "phone_number": "13800138000",
        "success": success,
        "err_code": code,
        "biz_id": "932702304080415357^0",
        "out_id": reference,
    } | more


async def test_a_batch_moves_its_rows_and_a_repeat_moves_nothing(client, references, states, memory):
    batch = [report(references[1], success=False, code="MK:0011"), report("batch-00"), report(references[0])]
    for _ in range(2):
        answer = await client.post(HERE, json=batch)
        assert (answer.status_code, answer.json()["code"]) == (200, 0)
        assert states() == [DeliveryState.DELIVERED, DeliveryState.BOUNCED]
    await client.post(HERE, json=[report(references[0], success=False, code="LATE")])
    assert states()[0] is DeliveryState.DELIVERED
    rows = list(memory.deliveries.page(CAMPAIGN))
    assert rows[1].code == "aliyun.MK:0011"
    assert rows[0].provider_ref == "aliyun:932702304080415357^0"


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("/receipts/aliyun/", {}),
        ("/receipts/aliyun", {}),
        ("/receipts/aliyun/guess", {}),
        ("/receipts/aliyun", {"authorization": "Bearer guess"}),
    ],
)
async def test_who_does_not_know_the_secret_changes_nothing(client, references, states, path, head):
    answer = await client.post(path, json=[report(references[0])], headers=head)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert states()[0] is DeliveryState.UNKNOWN


async def test_the_secret_may_come_as_a_bearer(client, references, states):
    head = {"authorization": f"Bearer {ALIYUN_SECRET}"}
    answer = await client.post("/receipts/aliyun", json=[report(references[0])], headers=head)
    assert answer.status_code == 200
    assert states()[0] is DeliveryState.DELIVERED


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff", b'"x"'])
async def test_what_is_no_list_is_refused(client, body):
    answer = await client.post(HERE, content=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_receipt")


async def test_reports_that_say_nothing_are_passed_over(client, references, states):
    odd = [
        None,
        {},
        report(7),
        report(references[0], success="yes"),
        report(references[1], code="a code\r\nwith more", biz_id=5),
    ]
    assert (await client.post(HERE, json=odd)).status_code == 200
    assert states() == [DeliveryState.UNKNOWN, DeliveryState.DELIVERED]


async def test_while_the_ledger_is_away_aliyun_is_asked_to_come_back(client, references, memory):
    with memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE delivery RENAME TO away")
    answer = await client.post(HERE, json=[report(references[0])])
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
