"""Instants as a person reads them: local time with its offset, and what remains."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cli.stop import usage


def zone_of(name: str) -> tzinfo | None:
    """Find the zone that times are shown in; None is this machine's.

    Raises:
        Stop: the settings name a zone that does not exist.

    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise usage("TOCSIN_TIMEZONE is no IANA time zone such as Asia/Shanghai.") from error


def shown(at: datetime | None, zone: tzinfo | None) -> str:
    """Write an instant: `2026-11-23 14:03 +08:00`; a dash where there is none."""
    if at is None:
        return "–"
    local = at.astimezone(zone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def left(at: datetime | None, now: datetime) -> str:
    """Say what remains until an instant, or how long ago it was; empty where there is none."""
    if at is None:
        return ""
    return f"{span(at - now)} left" if at > now else f"{span(now - at)} over"


def due(at: datetime | None, now: datetime, zone: tzinfo | None) -> str:
    """Write a deadline with what remains: `2026-11-23 14:03 +08:00, 3 h 12 min left`."""
    return f"{shown(at, zone)}, {left(at, now)}" if at else "–"


def used(start: datetime | None, end: datetime | None, now: datetime) -> str:
    """Say how much of a clock's time is gone, `3 h of 4 h used`; empty before its start and after its end."""
    if start is None or end is None or not start <= now <= end:
        return ""
    return f"{span(now - start)} of {span(end - start)} used"


def span(length: timedelta) -> str:
    """Write a length of time by its two greatest parts: `3 h 12 min`, `2 d 4 h`, `45 s`."""
    seconds = int(abs(length).total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    first = next((place for place, (_, size) in enumerate(units) if seconds >= size), len(units) - 1)
    parts: list[str] = []
    for unit, size in units[first : first + 2]:
        amount, seconds = divmod(seconds, size)
        if amount or not parts:
            parts.append(f"{amount} {unit}")
    return " ".join(parts)
