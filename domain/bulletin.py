"""What the auditor says at one look: what is new, what still stands, and what is over."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from domain.finding import Finding
from domain.line import Instant
from domain.model import Value


class Standing(Value):
    """One finding and how often it was told; `told_at` is None until somebody heard of it."""

    finding: Finding
    since: Instant
    told_at: Instant | None = None
    times: int = 0


class Rhythm(Value):
    """How often the same finding is told, and after how long further people hear of it as well."""

    repeat: timedelta
    escalate_after: timedelta


class Bulletin(Value):
    """One message: findings told first, told again, and over; `escalated` once one of them stands long."""

    at: Instant
    new: tuple[Standing, ...] = ()
    again: tuple[Standing, ...] = ()
    over: tuple[Standing, ...] = ()
    escalated: bool = False

    @property
    def silent(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.new or self.again or self.over)


Standings = Mapping[str, Standing]


def standing(before: Standings, findings: Iterable[Finding], now: datetime) -> dict[str, Standing]:
    """Carry over what still stands and take in what is new; what is over is left out."""
    return {
        finding.key: before[finding.key].model_copy(update={"finding": finding})
        if finding.key in before
        else Standing(finding=finding, since=now)
        for finding in findings
    }


def bulletin(before: Standings, after: Standings, now: datetime, rhythm: Rhythm) -> Bulletin:
    """Decide what is to be said; what nobody ever heard of is not announced to be over."""
    new = tuple(each for each in after.values() if each.told_at is None)
    again = tuple(each for each in after.values() if each.told_at and now - each.told_at >= rhythm.repeat)
    over = tuple(each for key, each in before.items() if key not in after and each.told_at)
    long = any(now - each.since >= rhythm.escalate_after for each in (*new, *again, *over))
    return Bulletin(at=now, new=new, again=again, over=over, escalated=long)


def told(after: Standings, said: Bulletin) -> dict[str, Standing]:
    """Note what was said once somebody has heard it."""
    heard = {each.finding.key for each in (*said.new, *said.again)}
    return {
        key: each.model_copy(update={"told_at": said.at, "times": each.times + 1}) if key in heard else each
        for key, each in after.items()
    }
