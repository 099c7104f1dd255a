from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from service.outlook import _deadlines

NOW = datetime(2026, 11, 26, tzinfo=UTC)
HOUR = timedelta(hours=1)


def standing(due_at, *, settled=False, legal=True):
    return SimpleNamespace(terms=SimpleNamespace(due_at=due_at, legal=legal), settled=settled)


@pytest.mark.parametrize(
    ("time", "met"), [(HOUR, [False, True]), (None, [False, None]), (5 * HOUR, [False, False])]
)
def test_a_deadline_is_met_when_the_last_message_leaves_before_it(time, met):
    duties = {
        "late": standing(NOW - HOUR),
        "soon": standing(NOW + 3 * HOUR, legal=False),
        "over": standing(NOW + HOUR, settled=True),
        "endless": standing(None),
    }
    campaign = SimpleNamespace(duties=["soon", "late", "over", "endless", "gone"])
    found = _deadlines(SimpleNamespace(duties=duties), campaign, time, NOW)
    assert [(each.duty, each.legal) for each in found] == [("late", True), ("soon", False)]
    assert [each.met for each in found] == met
