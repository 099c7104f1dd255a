"""OCSF findings: Detection Finding (2004) and Data Security Finding (2006), one or a list of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from intake.adapters.finding import Finding, Ignored, Item, Malformed, Severity
from intake.adapters.look import content, first, instant, number, text
from intake.body import JSON, Unreadable

_CLASSES: Final = {2004: "detection", 2006: "data_security"}
_BY_ID: Final[dict[int, Severity]] = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 5}
_BY_NAME: Final[dict[str, Severity]] = {
    "informational": 1,
    "info": 1,
    "low": 2,
    "medium": 3,
    "high": 4,
    "critical": 5,
    "fatal": 5,
}
_OVER: Final = {3: "suppressed", 4: "resolved", 5: "archived", 6: "deleted"}
_CLOSED: Final = 3
_OVER_NAMES: Final = frozenset(_OVER.values())


def read(body: JSON) -> Sequence[Item]:
    """Read one finding, or a list of them.

    Raises:
        Unreadable: `not_a_finding` for a bare value, `empty` for an empty list; for a single finding also
            what would set one of a list aside.

    """
    if isinstance(body, list):
        if not body:
            raise Unreadable("empty")
        return [_one(element) for element in body]
    only = _one(body)
    if isinstance(only, Malformed):
        raise Unreadable(only.code)
    return (only,)


def _one(event: JSON) -> Item:
    if not isinstance(event, dict):
        return Malformed("not_a_finding")
    if not event:
        return Malformed("empty_finding")
    kind = number(event, "class_uid")
    category = _CLASSES.get(int(kind)) if kind is not None else None
    if category is None:
        return Malformed("unsupported_class")
    external = text(event, "finding_info", "uid")
    rule = first(
        event,
        ("finding_info", "analytic", "uid"),
        ("finding_info", "analytic", "name"),
        ("metadata", "event_code"),
        ("data_security", "policy", "uid"),
        ("finding_info", "title"),
    )
    if not (external or rule):
        return Malformed("empty_finding")
    over = _over(event)
    if over:
        return Ignored(over)
    severity, raw = _severity(event)
    return Finding(
        external_id=external,
        content=content(event),
        severity=severity,
        severity_raw=raw,
        category=category,
        rule=rule,
        asset=_asset(event),
        title=first(event, ("finding_info", "title"), ("message",)) or rule,
        observed_at=_time(event, "time") or _time(event, "finding_info", "created_time"),
        updated_at=_time(event, "finding_info", "modified_time") or _time(event, "time"),
    )


def _over(event: JSON) -> str:
    if text(event, "status_code").upper() == "PASS":
        return "passed"
    status = number(event, "status_id")
    word = text(event, "status").casefold()
    if number(event, "activity_id") == _CLOSED:
        return "resolved"
    if status is not None and int(status) in _OVER:
        return _OVER[int(status)]
    return word if word in _OVER_NAMES else ""


def _severity(event: JSON) -> tuple[Severity, str]:
    level = number(event, "severity_id")
    word = text(event, "severity")
    raw = word or text(event, "severity_id")
    if level is not None and int(level) in _BY_ID:
        return _BY_ID[int(level)], raw
    return _BY_NAME.get(word.casefold(), 3), raw


def _asset(event: JSON) -> str:
    return first(
        event,
        ("resources", 0, "uid"),
        ("resources", 0, "name"),
        ("device", "uid"),
        ("device", "hostname"),
        ("databucket", "uid"),
        ("database", "uid"),
        ("evidences", 0, "dst_endpoint", "uid"),
        ("evidences", 0, "dst_endpoint", "ip"),
        ("dst_endpoint", "ip"),
        ("cloud", "account", "uid"),
    )


def _time(event: JSON, *path: str) -> datetime | None:
    *parents, name = path
    return instant(event, *parents, f"{name}_dt") or instant(event, *path)
