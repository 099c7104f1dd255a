"""The law changes between two incidents: each is judged by what was law when somebody became aware."""

import asyncio
from datetime import datetime, timedelta

from domain import commands as c
from domain.facts import DutyKey
from tests.stories.case import FOUR_HOURS, LEAK, opened
from tests.stories.proof import prove
from tests.stories.typed import line, shown

PLAN = DutyKey(duty="CN-CSL-27", authority="competent-department")
# The reporting measure: in force from 2025-11-01. The Cybersecurity Law: numbered anew from 2026-01-01.
DAYS = {
    "2025-10-31T23:59:59+08:00": (False, "25"),
    "2025-11-01T00:00:00+08:00": (True, "25"),
    "2025-12-31T23:59:59+08:00": (True, "25"),
    "2026-01-01T00:00:00+08:00": (True, "27"),
}


async def judged(house, day):
    """One incident, alike but for the day on which somebody became aware."""
    case = await opened(house)
    await case.facts(**LEAK, aware_at=day, classified_at=day)
    await case.order(c.Triage(confirmed=True))
    return case, await case.until(lambda s: all(d.armed for d in s.duties.values() if d.terms.due_at))


async def test_the_law_changes_between_two_incidents(house):
    told = await asyncio.gather(*(judged(house, day) for day in DAYS))
    assert len({state.opened.packs_digest for _, state in told}) == 1, "all by the same packs"
    for (case, state), (day, (reported, article)) in zip(told, DAYS.items(), strict=True):
        aware = datetime.fromisoformat(day)
        assert any(duty.key.duty.startswith("CN-NCIRM-") for duty in state.duties.values()) == reported
        said = await shown(case)
        if reported:
            terms = state.duties[str(FOUR_HOURS)].terms
            assert (terms.answer, terms.clock_start) == ("owed", aware)
            assert terms.due_at == aware + timedelta(hours=4)
            assert (state.grade.value, state.grade.decided_by) == ("较大", ("Q5",))
            assert "owed" in line(said, str(FOUR_HOURS), "open, lapsed")
        else:
            # Before the guide was law there was no grade but a person's, and no hours but others'.
            assert state.grade.value == "unknown"
            assert str(FOUR_HOURS) not in said
        found = state.duties[str(PLAN)].article.split()
        assert article in found
        assert {"25": "27", "27": "25"}[article] not in found
        assert state.duties["CN-PIPL-57-AUTH/pi-protection-department/1"].terms.answer == "owed"
    await asyncio.gather(*(prove(case) for case, _ in told))
