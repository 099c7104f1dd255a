"""The reporting measure's hours: who has one, who has four, from when, and what is used of them.

The four hours that lapse and are met late, and a duty proposed for withdrawal that rings on and opens again,
stand in test_the_law_in_time.py.
"""

from datetime import timedelta

from domain import commands as c
from domain.facts import DutyKey
from domain.ids import clock_stream
from tests.stories.case import FOUR_HOURS, LEAK, OUTAGE
from tests.stories.proof import prove
from tests.stories.typed import clocks, line, shown, typed

DEPARTMENT = DutyKey(duty="CN-NCIRM-4-CII", authority="protection-department")
POLICE = DutyKey(duty="CN-NCIRM-4-CII", authority="psb")
HOUR = timedelta(hours=1)


async def some_time_ago(case, **ago):
    """An instant to the second, at which somebody became aware."""
    return (await case.now()).replace(microsecond=0) - timedelta(**ago)


async def confirmed(case, aware, **facts):
    await case.facts(**facts, aware_at=aware.isoformat())
    await case.order(c.Triage(confirmed=True))
    return await case.until(lambda s: all(d.armed for d in s.duties.values() if d.terms.due_at))


async def test_critical_infrastructure_has_one_hour_to_two_authorities_each_with_clock_and_receipt(case):
    aware = await some_time_ago(case, minutes=10)
    state = await confirmed(case, aware, **{**OUTAGE, "cii_affected": True})
    for key in (DEPARTMENT, POLICE):
        terms = state.duties[str(key)].terms
        assert (terms.answer, terms.legal) == ("owed", True)
        assert (terms.clock_start, terms.due_at) == (aware, aware + HOUR)
        assert (await case.clock(key)).due_at == aware + HOUR
    assert str(FOUR_HOURS) not in state.duties

    await case.report(DEPARTMENT)
    first = await case.clock_until(lambda clock: clock.settled, DEPARTMENT)
    assert (first.settled.outcome, first.settled.evidence.number) == ("met", "R-1")
    assert (await case.clock(POLICE)).settled is None

    # The one receipt stops nothing but its own clock: the police's goes on to the end of the hour.
    await case.advance(minutes=51)
    second = await case.clock_until(lambda clock: clock.lapsed_at, POLICE)
    assert second.lapsed_at == aware + HOUR
    state = await case.until(lambda s: s.duties[str(POLICE)].lapsed_at)
    said = await shown(case)
    assert "met (R-1)" in line(said, str(DEPARTMENT))
    assert "open, lapsed" in line(said, str(POLICE), "owed")

    await case.report(POLICE)
    second = await case.clock_until(lambda clock: clock.settled, POLICE)
    assert (second.settled.outcome, second.settled.evidence.number) == ("met_late", "R-2")
    await case.written("ClockSettled", clock_stream(case.incident, str(POLICE)))
    rows = await clocks(case)
    assert {key: rows[str(key)]["outcome"] for key in (DEPARTMENT, POLICE)} == {
        DEPARTMENT: "met",
        POLICE: "met_late",
    }
    await prove(case)


async def test_unknown_infrastructure_runs_two_provisional_clocks_until_it_is_known(case):
    aware = await some_time_ago(case, minutes=5)
    unknown = {name: value for name, value in OUTAGE.items() if name != "cii_affected"}
    state = await confirmed(case, aware, **unknown)
    hours = {DEPARTMENT: 1, POLICE: 1, FOUR_HOURS: 4}
    for key, length in hours.items():
        terms = state.duties[str(key)].terms
        assert terms.answer == "unknown"
        assert terms.due_at == aware + length * HOUR
        assert (await case.clock(key)).due_at == aware + length * HOUR
        assert "cii_affected" in terms.reason
    said = await shown(case)
    assert all("open" in line(said, str(key), "unknown") for key in hours)
    assert f"{DEPARTMENT}, {POLICE}" in line(said, "it depends on cii_affected", str(FOUR_HOURS))

    # Nobody knows, so both ring: the hour passes, and the four hours go on.
    await case.advance(minutes=56)
    for key in (DEPARTMENT, POLICE):
        assert (await case.clock_until(lambda clock: clock.lapsed_at, key)).lapsed_at == aware + HOUR
    assert (await case.clock()).lapsed_at is None
    await case.until(lambda s: all(s.duties[str(key)].lapsed_at for key in (DEPARTMENT, POLICE)))

    told = await typed(
        case.house,
        *("fact", "set", case.incident, "cii_affected=true", "--basis", "the register", "-o", "table"),
        by="analyst",
    )
    state = await case.state()
    for key in (DEPARTMENT, POLICE):
        duty = state.duties[str(key)]
        assert (duty.terms.answer, duty.terms.due_at, duty.status) == ("owed", aware + HOUR, "open")
        assert "cii_affected is true" in line(told, "DutyRevised", str(key))
    # What two persons have not let go rings on.
    assert state.duties[str(FOUR_HOURS)].status == "proposed"
    await case.advance(hours=3)
    assert (await case.clock_until(lambda clock: clock.lapsed_at)).lapsed_at == aware + 4 * HOUR
    assert (await case.clock()).settled is None
    await prove(case)


async def test_a_grade_that_rises_after_three_hours_leaves_one_of_the_four(case):
    aware = await some_time_ago(case, seconds=1)
    graded = {"persons_affected": 900_000, "classified_at": (await case.now()).isoformat()}
    state = await confirmed(case, aware, **{**LEAK, **graded})
    assert (state.grade.value, state.grade.at_least) == ("一般", "一般")
    assert str(FOUR_HOURS) not in state.duties

    await case.advance(hours=3)
    told = await typed(
        case.house,
        *("fact", "set", case.incident, "persons_affected=1204331", "--basis", "recounted", "-o", "table"),
        by="analyst",
    )
    state = await case.until(lambda s: s.duties[str(FOUR_HOURS)].armed)
    assert (state.grade.value, state.grade.decided_by) == ("较大", ("Q5",))
    terms = state.duties[str(FOUR_HOURS)].terms
    assert terms.answer == "owed"
    # The clock runs from awareness, not from the grading.
    assert (terms.clock_start, terms.due_at) == (aware, aware + 4 * HOUR)
    assert "level 较大 because Q5" in line(told, "+ ")
    assert "3 h of 4 h used since" in line(told, "DutyOpened", str(FOUR_HOURS))
    assert "3 h of 4 h used" in line(await shown(case), str(FOUR_HOURS), "owed")
    clock = await case.clock_until(lambda clock: 75 in clock.rung)
    assert (clock.rung, clock.lapsed_at, clock.due_at) == ((50, 75), None, aware + 4 * HOUR)
    await case.report(FOUR_HOURS)
    assert (await case.clock_until(lambda clock: clock.settled)).settled.outcome == "met"
    await prove(case)
