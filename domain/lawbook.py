"""The law packs as a book that is looked into: its duties in one list, and one duty with all its versions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import JsonValue

from domain.deadlines import wall_date
from domain.pack import DutyRule, Pack
from domain.worded import worded

# The next year's working days are published some weeks before it begins; a deadline may reach into it.
SEASON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a duty in its pack; `in_force` on the day that was asked for."""

    pack: Pack
    rule: DutyRule
    in_force: bool

    @property
    def live(self) -> bool:
        """Whether it may start a clock on that day."""
        return self.rule.live and self.in_force


def entries(packs: Iterable[Pack], at: datetime) -> list[Entry]:
    """List every duty once, by the version in force at an instant; one that is not in force says so."""
    found = []
    for pack in packs:
        day = wall_date(at, pack.zone)
        found += [Entry(pack, rule, pack.in_force(rule, day)) for rule in pack.on(day).values()]
    return found


def versions(packs: Iterable[Pack], duty: str, at: datetime) -> list[Entry]:
    """Find every version of one duty, in the order of their first days."""
    found = [
        Entry(pack, rule, pack.in_force(rule, wall_date(at, pack.zone)))
        for pack in packs
        for rule in pack.duties
        if rule.id == duty
    ]
    return sorted(found, key=lambda entry: entry.pack.span_of(entry.rule))


def row(entry: Entry) -> dict[str, JsonValue]:
    """Write one line of the list: the public form of `tocsin law list`, every key always there."""
    pack, rule = entry.pack, entry.rule
    first, last = pack.span_of(rule)
    return {
        "id": rule.id,
        "jurisdiction": pack.jurisdiction,
        "instrument": pack.by_instrument[rule.instrument].name,
        "article": rule.article,
        "title": {"zh": rule.title.zh, "en": rule.title.en},
        "kind": rule.kind,
        "obligor": rule.obligor,
        "deadline": rule.deadline,
        "urgency": rule.urgency,
        "deadline_text": rule.deadline_text,
        "calendar": rule.calendar,
        "clock_start": list(rule.clock_start),
        "recipients": [
            {"authority": to.authority, "zh": to.zh, "en": to.en, "by": to.by} for to in rule.recipients
        ],
        "form": rule.form,
        "confidence": rule.confidence,
        "status": rule.status,
        "live": entry.live,
        "in_force": entry.in_force,
        "effective_from": _day(first),
        "effective_until": _day(last),
        "review": rule.review.model_dump(mode="json"),
        "pack": pack.id,
    }


def whole(entry: Entry) -> dict[str, JsonValue]:
    """Write everything that a version says, its trigger also in words."""
    rule = entry.rule
    said = rule.model_dump(mode="json")
    for name in ("exemption", "penalty", "source", "interpretation", "notes"):
        said.setdefault(name, None)
    words: dict[str, JsonValue] = {
        "zh": list(worded(rule.trigger, "zh")),
        "en": list(worded(rule.trigger, "en")),
    }
    follow_ups: list[JsonValue] = [follow.model_dump(mode="json") for follow in rule.follow_ups]
    return {
        **said,
        **row(entry),
        "trigger_words": words,
        "channels": list(rule.channels),
        "content": list(rule.content),
        "follow_ups": follow_ups,
    }


def ending(packs: Iterable[Pack], at: datetime) -> Iterator[str]:
    """Name the packs that count working days by a calendar which ends soon, or has ended."""
    for pack in packs:
        until = pack.workdays.until
        counts = any(rule.calendar == "business" and rule.live for rule in pack.duties)
        if counts and until is not None and until < wall_date(at, pack.zone) + SEASON:
            yield (
                f"{pack.id} counts working days by a calendar that ends on {until}: beyond it every Monday "
                "to Friday counts; add the next year's once it is published."
            )


def _day(day: date) -> str | None:
    return None if day in {date.min, date.max} else day.isoformat()
