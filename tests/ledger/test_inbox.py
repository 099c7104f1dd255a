import asyncio

import pytest
from sqlalchemy import text

from ledger.errors import LedgerUnavailable
from ledger.memory import Memory
from ledger.port import Parcel, Status, Stored, Storing
from tests.ledger.samples import NOW


def parcel(delivery: str = "d1", body: bytes = b'{"finding":1}', source: str = "guardduty") -> Parcel:
    return Parcel(source=source, delivery=delivery, body=body, received_at=NOW)


async def test_a_delivery_is_stored_sealed_and_comes_back(memory):
    stored = await memory.inbox.put(parcel())
    assert (stored.storing, stored.status, stored.incidents) == (Storing.NEW, Status.RECEIVED, ())
    item = memory.inbox.item(stored.id)
    assert (item.source, item.delivery, item.body, item.received_at) == (
        "guardduty",
        "d1",
        b'{"finding":1}',
        NOW,
    )
    assert memory.inbox.item(stored.id + 1) is None
    with memory.database.reading() as connection:
        sealed = bytes(connection.execute(text("SELECT sealed_body FROM inbox")).scalar_one())
    assert b"finding" not in sealed


async def test_a_repeat_answers_with_what_became_of_the_first(memory):
    first = await memory.inbox.put(parcel())
    assert await memory.inbox.put(parcel()) == Stored(Storing.REPEAT, first.id, Status.RECEIVED)
    memory.inbox.carried(first.id, ["I-AAAAAAAAAAAA", "I-BBBBBBBBBBBB"])
    again = await memory.inbox.put(parcel())
    assert again == Stored(Storing.REPEAT, first.id, Status.CARRIED, ("I-AAAAAAAAAAAA", "I-BBBBBBBBBBBB"))
    assert (await memory.inbox.put(parcel(source="ocsf"))).storing is Storing.NEW


async def test_another_body_under_the_same_id_is_kept_in_quarantine(memory):
    first = await memory.inbox.put(parcel())
    conflict = await memory.inbox.put(parcel(body=b"other"))
    assert (conflict.storing, conflict.status) == (Storing.CONFLICT, Status.QUARANTINED)
    assert conflict.id != first.id
    assert memory.inbox.item(conflict.id).body == b"other"
    assert memory.inbox.item(conflict.id).code == "conflict"
    assert await memory.inbox.put(parcel(body=b"other")) == conflict
    assert (await memory.inbox.put(parcel())).storing is Storing.REPEAT
    assert [item.id for item in memory.inbox.pending(10)] == [first.id]


def test_one_group_may_hold_the_same_delivery_twice(memory):
    one, two, three, four = memory.inbox.put_all([parcel(), parcel(), parcel(body=b"other"), parcel("d2")])
    assert (one.storing, two.storing, three.storing, four.storing) == (
        Storing.NEW,
        Storing.REPEAT,
        Storing.CONFLICT,
        Storing.NEW,
    )
    assert one.id == two.id


async def test_many_at_once_share_commits_and_each_gets_its_own_answer(memory):
    answers = await asyncio.gather(*(memory.inbox.put(parcel(f"d{number % 600}")) for number in range(1200)))
    assert [answer.storing for answer in answers].count(Storing.NEW) == 600
    assert {memory.inbox.item(answer.id).delivery for answer in answers[:5]} == {f"d{n}" for n in range(5)}
    assert len(memory.inbox.pending(2000)) == 600


async def test_a_sender_that_hangs_up_disturbs_nobody(memory):
    impatient = asyncio.create_task(memory.inbox.put(parcel("d1")))
    patient = asyncio.create_task(memory.inbox.put(parcel("d2")))
    await asyncio.sleep(0)
    impatient.cancel()
    assert (await patient).storing is Storing.NEW
    assert impatient.cancelled()


async def test_an_unusable_database_answers_every_sender(memory):
    with memory.database.writing() as connection:
        connection.execute(text("DROP TABLE inbox"))
    answers = await asyncio.gather(
        *(memory.inbox.put(parcel(f"d{n}")) for n in range(3)), return_exceptions=True
    )
    assert [(type(answer), answer.code) for answer in answers] == [(LedgerUnavailable, "not_migrated")] * 3


async def test_what_was_answered_survives_the_process(memory, url, key):
    stored = await memory.inbox.put(parcel())
    other = Memory(url, key)
    assert [item.id for item in other.inbox.pending(1)] == [stored.id]
    assert other.inbox.item(stored.id).body == parcel().body
    other.close()


def test_the_pump_marks_what_became_of_each(memory):
    ids = [stored.id for stored in memory.inbox.put_all([parcel(f"d{n}") for n in range(5)])]
    assert [item.id for item in memory.inbox.pending(3)] == ids[:3]
    memory.inbox.retried(ids[0], "temporal_away")
    memory.inbox.carried(ids[1], ["I-AAAAAAAAAAAA"])
    memory.inbox.quarantine(ids[2], "not_ocsf")
    memory.inbox.ignored(ids[3], "pass")
    found = [memory.inbox.item(id_) for id_ in ids]
    assert [(item.status, item.code, item.attempts) for item in found] == [
        (Status.RECEIVED, "temporal_away", 1),
        (Status.CARRIED, "", 1),
        (Status.QUARANTINED, "not_ocsf", 1),
        (Status.IGNORED, "pass", 1),
        (Status.RECEIVED, "", 0),
    ]
    assert [item.id for item in memory.inbox.pending(9)] == [ids[0], ids[4]]


def test_older_revisions_are_refused_and_a_retry_is_not(memory):
    fresh = memory.inbox.fresh
    assert fresh("guardduty", "x", 5, 1)
    assert fresh("guardduty", "x", 5, 1)
    assert not fresh("guardduty", "x", 5, 2)
    assert not fresh("guardduty", "x", 4, 2)
    assert fresh("guardduty", "x", 6, 2)
    assert not fresh("guardduty", "x", 5, 1)
    assert fresh("ocsf", "x", 1, 3)


@pytest.mark.parametrize("seen", [True, False])
def test_a_finding_keeps_its_incident(memory, seen):
    if seen:
        memory.inbox.fresh("guardduty", "x", 5, 1)
    assert memory.inbox.incident_of("guardduty", "x") is None
    memory.inbox.correlate("guardduty", "x", "I-AAAAAAAAAAAA")
    assert memory.inbox.incident_of("guardduty", "x") == "I-AAAAAAAAAAAA"
    assert memory.inbox.fresh("guardduty", "x", 6, 2)
    memory.inbox.correlate("guardduty", "x", "I-AAAAAAAAAAAA~2")
    assert memory.inbox.incident_of("guardduty", "x") == "I-AAAAAAAAAAAA~2"
