"""The pump over a real inbox: nothing lost, nothing twice, no name let out."""

import asyncio
import json
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from domain.alert import Observation
from intake import pump as pump_module
from intake.ports import Declined, Unreachable
from intake.pump import IN_FLIGHT, Pump
from ledger.port import Parcel, Status

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@asynccontextmanager
async def pumping(ports):
    task = asyncio.create_task(Pump(ports).run())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled(), task.exception()


async def until(condition, seconds=20):
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for lies in a database
            await asyncio.sleep(0.01)


class Box:
    """The inbox as a test sees it."""

    def __init__(self, memory, ring, rows):
        self.memory = memory
        self._rows = rows
        self.inbox = memory.inbox
        self._ring = ring

    def put(self, body, delivery="m-1", source="large", at=NOW):
        """Store a delivery as the door does; gives its row."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        (stored,) = self.inbox.put_all([Parcel(source, delivery, raw, at)])
        self._ring()
        return stored.id

    def became(self, row):
        item = self.inbox.item(row)
        return item.status, item.code

    def status(self, row):
        return self.inbox.item(row).status

    async def emptied(self, seconds=20):
        # Counted, for looking at a large body opens it each time.
        await until(lambda: not self._rows(Status.RECEIVED), seconds)


@pytest.fixture
def box(memory, ports, rows):
    return Box(memory, ports.stored.set, rows)


async def test_a_finding_reaches_its_incident(ports, box, notebook, make_finding):
    row = box.put(make_finding())
    async with pumping(ports):
        await box.emptied()
    (passage,) = notebook.passages
    (alert,) = passage.observation.alerts
    item = box.inbox.item(row)
    assert (item.status, item.incidents, item.code) == (Status.CARRIED, (passage.incident,), "")
    assert passage.incident.startswith("I-")
    assert len(passage.incident) == 14
    assert (passage.source.name, passage.severity, passage.category) == ("large", 4, "detection")
    assert (alert.inbox, alert.severity, alert.received_at) == (str(row), 4, NOW)
    assert alert.observed_at == datetime.fromtimestamp(1_795_400_000, UTC)
    assert alert.revision == 1_795_400_000_000


async def test_no_name_leaves_the_room(ports, box, notebook, make_finding, caplog):
    caplog.set_level("DEBUG")
    box.put(make_finding(), "delivery-of-zhang")
    box.put(b"{zhang", "m-2")
    async with pumping(ports):
        await box.emptied()
    (passage,) = notebook.passages
    told = passage.observation.model_dump_json() + passage.update + passage.incident + passage.correlation
    # Another test's workers may speak meanwhile, of other things that are named at random.
    ours = [record for record in caplog.records if not record.name.startswith("temporalio")]
    told += " ".join(str(record.__dict__) for record in ours)
    for name in ("Zhang", "zhang", "host-1", "f-1", "rule-7"):
        assert name not in told


async def test_the_same_finding_always_finds_the_same_incident(ports, box, notebook, make_finding):
    box.put(make_finding(), "m-1")
    newer = make_finding() | {
        "finding_info": make_finding()["finding_info"] | {"modified_time": 1_795_400_001_000}
    }
    async with pumping(ports):
        await box.emptied()
        box.put(newer, "m-2")
        box.put(make_finding("f-2"), "m-3")
        await box.emptied()
    incidents = [passage.incident for passage in notebook.passages]
    assert len(incidents) == 3
    assert len(set(incidents)) == 2
    assert len({passage.update for passage in notebook.passages}) == 3
    assert sorted(alert.revision for alert in notebook.alerts) == [
        1_795_400_000_000,
        1_795_400_000_000,
        1_795_400_001_000,
    ]


async def test_an_older_or_known_revision_is_dropped(ports, box, notebook, make_finding):
    first = box.put(make_finding(), "m-1")
    async with pumping(ports):
        await box.emptied()
        again = box.put(make_finding(), "m-2")
        older = box.put(
            make_finding() | {"finding_info": {"uid": "f-1", "modified_time": 1_795_300_000_000}}, "m-3"
        )
        await box.emptied()
    assert box.status(first) is Status.CARRIED
    assert [box.status(row) for row in (again, older)] == [Status.IGNORED] * 2
    assert box.inbox.item(again).code == "already_known"
    assert len(notebook.alerts) == 1


async def test_a_time_far_ahead_does_not_hide_what_comes_later(ports, box, notebook, make_finding):
    ahead = {"uid": "f-1", "modified_time": int((NOW + timedelta(days=9)).timestamp() * 1000)}
    async with pumping(ports):
        box.put(make_finding(finding_info=ahead), "m-1")
        await box.emptied()
        later = {"uid": "f-1", "modified_time": int((NOW + timedelta(hours=1)).timestamp() * 1000)}
        box.put(make_finding(finding_info=later), "m-2", at=NOW + timedelta(hours=1))
        await box.emptied()
    assert len(notebook.alerts) == 2


async def test_without_ids_rule_asset_and_day_say_what_belongs_together(ports, box, notebook, make_finding):
    def bare(**more):
        event = make_finding("<finding_uid>", **more)
        del event["finding_info"]["modified_time"]
        return event

    box.put(
        [
            bare(),
            bare(severity_id=5),
            bare(time=1_795_400_000_000 + 86_400_000),
            bare(resources=[{"uid": "b"}]),
        ]
    )
    async with pumping(ports):
        await box.emptied()
    by_incident = {passage.incident: len(passage.observation.alerts) for passage in notebook.passages}
    assert sorted(by_incident.values()) == [1, 1, 2]
    assert len({alert.finding for alert in notebook.alerts}) == 4


async def test_sources_do_not_share_incidents(ports, box, notebook, make_finding):
    box.put(make_finding(), source="large")
    box.put(make_finding(), source="drill")
    async with pumping(ports):
        await box.emptied()
    assert len({passage.incident for passage in notebook.passages}) == 2
    assert sorted(passage.source.drill for passage in notebook.passages) == [False, True]


@pytest.mark.parametrize(
    ("body", "source", "becomes"),
    [
        (b"", "large", (Status.QUARANTINED, "empty")),
        (b"{", "large", (Status.QUARANTINED, "not_json")),
        (b"\xff", "large", (Status.QUARANTINED, "not_utf8")),
        (b'{"a":1,"a":1}', "large", (Status.QUARANTINED, "duplicate_key")),
        (b"[" * 100_000, "large", (Status.QUARANTINED, "too_deep")),
        (b'[1,"x",null,true]', "large", (Status.QUARANTINED, "not_a_finding")),
        (b"null", "large", (Status.QUARANTINED, "not_a_finding")),
        (b'{"detail":{}}', "guardduty", (Status.QUARANTINED, "empty_finding")),
        (b"{}", "gone-from-the-settings", (Status.QUARANTINED, "unknown_source")),
        (
            b'{"class_uid":2004,"finding_info":{"uid":"1"},"status_code":"PASS"}',
            "large",
            (Status.IGNORED, "passed"),
        ),
    ],
)
async def test_what_carries_nothing_is_settled_and_says_why(ports, box, body, source, becomes):
    row = box.put(body, source=source)
    async with pumping(ports):
        await box.emptied()
    item = box.inbox.item(row)
    assert ((item.status, item.code), item.body) == (becomes, body)
    assert ports.carrier.passages == []


async def test_the_good_findings_of_a_mixed_body_are_carried_and_it_is_set_aside(
    ports, box, notebook, make_finding
):
    row = box.put([make_finding("a"), 1, make_finding("b"), make_finding("c", status_code="PASS")])
    async with pumping(ports):
        await box.emptied()
    assert len(notebook.alerts) == 2
    assert (box.inbox.item(row).status, box.inbox.item(row).code) == (
        Status.QUARANTINED,
        "not_a_finding",
    )


async def test_a_burst_for_one_incident_is_folded(ports, box, notebook, make_finding):
    notebook.delay = 0.05
    rows = [box.put(make_finding("<uid>", count=number), f"m-{number}") for number in range(60)]
    async with pumping(ports):
        await box.emptied()
    assert len(notebook.alerts) == 60
    assert len(notebook.passages) <= 3
    assert {box.status(row) for row in rows} == {Status.CARRIED}


async def test_ten_thousand_findings_in_one_body_go_in_pieces(ports, box, notebook, make_finding):
    row = box.put([make_finding("<uid>", count=number) for number in range(10_000)])
    async with pumping(ports):
        await box.emptied(120)
    assert len(notebook.alerts) == 10_000
    assert len({alert.finding for alert in notebook.alerts}) == 10_000
    assert max(len(passage.observation.alerts) for passage in notebook.passages) == 100
    assert len({passage.update for passage in notebook.passages}) == 100
    assert box.inbox.item(row).status is Status.CARRIED


async def test_ten_updates_at_once_and_one_for_each_incident(ports, box, notebook, make_finding):
    notebook.delay = 0.02
    for number in range(60):
        box.put(make_finding(f"f-{number % 40}", time=1_795_400_000_000 + number), f"m-{number}")
    async with pumping(ports):
        await box.emptied()
    assert notebook.most == IN_FLIGHT


async def test_while_temporal_is_away_nothing_is_lost_and_the_same_update_is_tried_again(
    ports, box, notebook, monkeypatch, make_finding
):
    monkeypatch.setattr(pump_module, "FIRST_PAUSE_S", 0.01)
    notebook.faults = [Unreachable("temporal.unavailable")] * 5
    tried = []
    carry = notebook.carry

    async def seen(passage):
        tried.append(passage)
        return await carry(passage)

    notebook.carry = seen
    row = box.put(make_finding())
    async with pumping(ports):
        await until(lambda: box.inbox.item(row).attempts >= 2)
        assert box.inbox.item(row).code == "temporal.unavailable"
        await box.emptied()
    assert len(tried) == 6
    assert len({passage.update for passage in tried}) == 1
    assert box.inbox.item(row).status is Status.CARRIED
    assert box.inbox.item(row).attempts == 6


async def test_a_broken_incident_does_not_hold_up_the_others(ports, box, notebook, monkeypatch, make_finding):
    monkeypatch.setattr(pump_module, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(pump_module, "MOST_IN_LANE", 3)
    monkeypatch.setattr(pump_module, "BATCH", 5)
    monkeypatch.setattr(pump_module, "MOST_ROWS", 10)
    broken = box.put(make_finding("<uid>"), "broken")
    async with pumping(ports):
        await until(lambda: notebook.passages)
        stuck = notebook.passages[0].incident
        carry = notebook.carry

        async def carry_all_but_one(passage):
            if passage.incident == stuck:
                raise Unreachable("temporal.no_answer")
            return await carry(passage)

        notebook.carry = carry_all_but_one
        waiting = [box.put(make_finding("<uid>", count=number), f"s-{number}") for number in range(40)]
        others = [box.put(make_finding(f"f-{number}"), f"o-{number}") for number in range(20)]
        await until(lambda: all(box.status(row) is Status.CARRIED for row in others))
        assert {box.status(row) for row in waiting} == {Status.RECEIVED}
        notebook.carry = carry
        await until(lambda: all(box.status(row) is Status.CARRIED for row in waiting), 60)
    assert box.status(broken) is Status.CARRIED
    assert len(notebook.alerts) == 61


async def test_what_settles_while_the_inbox_is_read_is_carried_once(
    ports, box, notebook, monkeypatch, make_finding
):
    monkeypatch.setattr(pump_module, "LOOK_S", 0.3)
    notebook.delay = 0.05
    row = box.put(make_finding("f-1"), "m-1")
    pending, looks = ports.inbox.pending, []

    def late(limit):
        found = pending(limit)
        looks.append(found)
        deadline = time.monotonic() + 10
        while len(looks) > 1 and found and time.monotonic() < deadline:
            if box.status(row) is Status.CARRIED:
                time.sleep(0.1)  # the pump, too, has to hear of it before this old look comes back
                break
            time.sleep(0.005)
        return found

    monkeypatch.setattr(ports.inbox, "pending", late)
    async with pumping(ports):
        await until(lambda: len(looks) > 3)
    assert [len(found) for found in looks[:2]] == [1, 1], (
        "the second look was taken while the row was on its way"
    )
    assert len(notebook.alerts) == 1


async def test_what_is_declined_is_set_aside_alone(ports, box, notebook, make_finding):
    rows = [box.put(make_finding("<uid>", count=number), f"m-{number}") for number in range(3)]
    carry = notebook.carry

    async def decline_the_second(passage):
        if str(rows[1]) in {alert.inbox for alert in passage.observation.alerts}:
            raise Declined("not_open")
        return await carry(passage)

    notebook.carry = decline_the_second
    async with pumping(ports):
        await box.emptied()
    became = [(box.inbox.item(row).status, box.inbox.item(row).code) for row in rows]
    assert became == [(Status.CARRIED, ""), (Status.QUARANTINED, "not_open"), (Status.CARRIED, "")]


async def test_a_finding_stays_with_the_follow_up_it_opened(ports, box, notebook, make_finding):
    row = box.put(make_finding(), "m-1")
    async with pumping(ports):
        await box.emptied()
        base = notebook.passages[0].incident
        notebook.moved[base] = f"{base}~2"
        newer = {"uid": "f-1", "modified_time": 1_795_400_001_000}
        second = box.put(make_finding(finding_info=newer), "m-2")
        await box.emptied()
        third = box.put(make_finding(finding_info=newer | {"modified_time": 1_795_400_002_000}), "m-3")
        await box.emptied()
    assert [passage.incident for passage in notebook.passages] == [base, base, f"{base}~2"]
    assert [box.inbox.item(one).incidents for one in (row, second, third)] == [
        (base,),
        (f"{base}~2",),
        (f"{base}~2",),
    ]


async def test_a_pump_that_died_is_taken_up_where_it_was(ports, box, notebook, make_finding):
    notebook.delay = 60
    row = box.put(make_finding())
    async with pumping(ports):
        await until(lambda: notebook.busy)
    assert box.inbox.item(row).status is Status.RECEIVED
    notebook.delay = 0
    async with pumping(ports):
        await box.emptied()
    assert box.inbox.item(row).status is Status.CARRIED
    assert len(notebook.alerts) == 1


async def test_the_same_content_has_the_same_update_and_another_content_another(
    ports, box, notebook, make_finding
):
    box.put([make_finding("a"), make_finding("b")])
    async with pumping(ports):
        await box.emptied()
    first = {passage.update for passage in notebook.passages}
    assert len(first) == 2
    assert {update.rpartition("/")[0] for update in first} == {next(iter(first)).rpartition("/")[0]}
    assert all(update.startswith("large/") for update in first)


async def test_while_the_inbox_is_away_the_pump_waits(ports, box, monkeypatch, make_finding):
    monkeypatch.setattr(pump_module, "LOOK_S", 0.02)
    row = box.put(make_finding())
    with box.memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE finding RENAME TO away")
    async with pumping(ports) as task:
        await asyncio.sleep(0.2)
        assert not task.done()
        with box.memory.database.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO finding")
        await box.emptied()
    assert box.inbox.item(row).status is Status.CARRIED


async def test_the_doors_ring_wakes_the_pump_at_once(ports, post, notebook, monkeypatch, make_finding):
    monkeypatch.setattr(pump_module, "LOOK_S", 60.0)
    async with pumping(ports):
        await asyncio.sleep(0.1)
        await post(make_finding())
        await until(lambda: notebook.passages, 5)


async def test_the_whole_way_from_the_door_to_the_answer(ports, box, post, client, make_finding):
    async with pumping(ports):
        name = (await post([make_finding("a"), make_finding("b")])).json()["delivery"]
        await box.emptied()
        asked = (await client.get(f"/deliveries/{name}")).json()
    assert asked["status"] == "carried"
    assert asked["incidents"] == sorted(passage.incident for passage in ports.carrier.passages)
    again = (await post([make_finding("a"), make_finding("b")])).json()
    assert (again["delivery"], again["incidents"]) == (name, asked["incidents"])


async def test_an_observation_is_small_enough_for_temporal(ports, box, notebook, make_finding):
    box.put([make_finding("<uid>", count=number) for number in range(100)])
    async with pumping(ports):
        await box.emptied()
    largest = max(len(passage.observation.model_dump_json()) for passage in notebook.passages)
    assert largest < 100_000
    assert all(isinstance(passage.observation, Observation) for passage in notebook.passages)
