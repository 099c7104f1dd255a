"""Careful looks into bodies whose shape nobody promised: each gives its type, or says there is none."""

import hashlib
import json
import re
import unicodedata
from datetime import UTC, datetime
from math import isfinite
from typing import Final

from intake.body import JSON

MOST_TEXT: Final = 1024
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)

_ABSENT: Final = frozenset({"", "none", "null", "nil", "n/a", "na", "undefined", "-"})
_TEMPLATE: Final = re.compile(r"<[^<>]*>|\{\{.*\}\}|\$\{[^}]*\}", re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NUMBER: Final = re.compile(r"[0-9]{9,13}(\.[0-9]+)?")
# Seconds reach this in the year 2603, milliseconds passed it in 1970: the size tells which it is.
_MILLISECONDS: Final = 20_000_000_000


def at(value: JSON, *path: str | int) -> JSON:
    """Follow keys and places; None where the path ends early."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: JSON, *path: str | int) -> str:
    """Give a text or whole number as text, normalised to NFC, or "" where there is none.

    Words for nothing and place-holders that a template left unfilled (`<finding_uid>`) are none.
    """
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    clean = _CONTROL.sub(" ", unicodedata.normalize("NFC", str(found))).strip()
    if clean.casefold() in _ABSENT or _TEMPLATE.fullmatch(clean):
        return ""
    return clean[:MOST_TEXT]


def first(value: JSON, *paths: tuple[str | int, ...]) -> str:
    """Give the first of several texts that is there."""
    return next((found for path in paths if (found := text(value, *path))), "")


def number(value: JSON, *path: str | int) -> float | None:
    """Give a finite number, also where it was written as text."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    try:
        result = float(found)
    except (ValueError, OverflowError):
        return None
    return result if isfinite(result) else None


def instant(value: JSON, *path: str | int) -> datetime | None:
    """Give a point in time from ISO 8601, seconds or milliseconds; UTC where no zone is named.

    Before 1990, and what no calendar knows, is none.
    """
    found = at(value, *path)
    if isinstance(found, str):
        found = found.strip()
        if not _NUMBER.fullmatch(found):
            return _plausible(_iso(found))
        found = float(found)
    if isinstance(found, bool) or not isinstance(found, int | float) or found <= 0:
        return None
    try:
        return _plausible(datetime.fromtimestamp(found / 1000 if found > _MILLISECONDS else found, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _iso(written: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(written)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _plausible(found: datetime | None) -> datetime | None:
    return found if found and found >= EARLIEST else None


def content(value: JSON) -> str:
    """Hash a finding whole, the same however its keys were ordered: SHA-256 in hex."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
