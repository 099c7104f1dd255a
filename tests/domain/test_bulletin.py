"""The same finding is told in its rhythm, and what is over is told to whoever heard of it."""

from datetime import UTC, datetime, timedelta

from domain.bulletin import Rhythm, bulletin, standing, told
from domain.finding import Finding

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
RHYTHM = Rhythm(repeat=timedelta(minutes=30), escalate_after=timedelta(minutes=60))
ONE = Finding(kind="clock.missing", subject="incident/I-A/duty/A/x/1")
TWO = Finding(kind="clock.reset", subject="incident/I-A/duty/A/x/1", mark="run")


def look(before, *findings, minutes=0, heard=True):
    """Look once, and return what stands, and what was said as three counts and whether it was escalated."""
    now = NOW + timedelta(minutes=minutes)
    after = standing(before, findings, now)
    said = bulletin(before, after, now, RHYTHM)
    if heard:
        after = told(after, said)
    return after, (len(said.new), len(said.again), len(said.over), said.escalated)


def test_a_finding_is_told_at_once_and_again_in_its_rhythm_and_escalates():
    stands, said = look({}, ONE)
    assert said == (1, 0, 0, False)
    stands, said = look(stands, ONE, minutes=29)
    assert said == (0, 0, 0, False)
    stands, said = look(stands, ONE, TWO, minutes=30)
    assert said == (1, 1, 0, False)
    stands, said = look(stands, ONE, TWO, minutes=60)
    assert said == (0, 2, 0, True)
    assert [each.times for each in stands.values()] == [3, 2]
    _, said = look(stands, TWO, minutes=61)
    assert said == (0, 0, 1, True)


def test_what_nobody_heard_is_told_again_and_its_end_is_not():
    stands, said = look({}, ONE, heard=False)
    assert said == (1, 0, 0, False)
    stands, said = look(stands, ONE, minutes=1, heard=False)
    assert said == (1, 0, 0, False)
    _, said = look(stands, minutes=2)
    assert said == (0, 0, 0, False)


def test_nothing_to_say_is_silence():
    assert bulletin({}, {}, NOW, RHYTHM).silent
    assert not bulletin({}, standing({}, [ONE], NOW), NOW, RHYTHM).silent


def test_the_newest_words_of_a_finding_count():
    stands, _ = look({}, ONE)
    newer = ONE.model_copy(update={"detail": "more"})
    stands, _ = look(stands, newer, minutes=1)
    assert stands[ONE.key].finding.detail == "more"
    assert stands[ONE.key].since == NOW
