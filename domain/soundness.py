"""What is wrong with a pack as a whole: names that lead nowhere, cycles, overlaps, triggers never true."""

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.duration import span
from domain.duty_rule import Review
from domain.expression import DutyOwed, Node
from domain.pack import DutyRule, Pack
from domain.satisfiable import satisfiable


class Flaw(NamedTuple):
    """One thing that must be corrected, with the way to its field."""

    loc: tuple[str | int, ...]
    sentence: str


def flaws(pack: Pack) -> Iterator[Flaw]:
    """Find what a single field cannot show; the first is enough to refuse a pack."""
    yield from _zone(pack)
    yield from _instruments(pack)
    yield from _reviews(pack)
    yield from _lengths(pack)
    yield from _names(pack)
    yield from _overlaps(pack)
    yield from _cycles(pack)
    yield from _never(pack)


def _zone(pack: Pack) -> Iterator[Flaw]:
    try:
        ZoneInfo(pack.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Flaw(("zone",), f"there is no time zone {pack.zone}; write an IANA name such as Asia/Shanghai.")


def _instruments(pack: Pack) -> Iterator[Flaw]:
    for number, instrument in enumerate(pack.instruments):
        begins, ends = instrument.effective_from, instrument.effective_until
        if begins is not None and ends is not None and begins > ends:
            yield Flaw(
                ("instruments", number, "effective_until"),
                f"{instrument.id} ends before it begins: put effective_until after effective_from.",
            )


def _reviews(pack: Pack) -> Iterator[Flaw]:
    said: list[tuple[tuple[str | int, ...], Review]] = [(("review",), pack.review)]
    said += [(("duties", number, "review"), rule.review) for number, rule in enumerate(pack.duties)]
    for loc, review in said:
        if review.status == "reviewed" and (not review.reviewer or review.on is None):
            yield Flaw(loc, "reviewed by nobody on no day: name the reviewer, and the day under on.")


def _lengths(pack: Pack) -> Iterator[Flaw]:
    for number, rule in enumerate(pack.duties):
        at = ("duties", number)
        if rule.blocks and rule.deadline is None and rule.urgency is None:
            yield Flaw(
                at,
                f"{rule.id} has neither a deadline nor an urgency: write the deadline, or, where the law"
                " gives no number, urgency: immediate or promptly.",
            )
        if rule.deadline is not None and not any(span(rule.deadline)):
            yield Flaw((*at, "deadline"), f"{rule.deadline} gives no time at all; write one such as PT4H.")


def _names(pack: Pack) -> Iterator[Flaw]:
    instruments = {instrument.id for instrument in pack.instruments}
    forms = {form.id for form in pack.forms}
    duties = {rule.id for rule in pack.duties}
    for number, rule in enumerate(pack.duties):
        at = ("duties", number)
        if rule.instrument not in instruments:
            known = ", ".join(sorted(instruments))
            yield Flaw(
                (*at, "instrument"), f"there is no instrument {rule.instrument}; this pack has {known}."
            )
        if rule.form is not None and rule.form not in forms:
            yield Flaw((*at, "form"), f"there is no form {rule.form} in this pack; write it under forms.")
        for named in _references(rule):
            if named not in duties:
                yield Flaw(
                    (*at, "trigger"),
                    f"there is no duty {named} in this pack; a trigger names one of its own.",
                )
    if pack.grading is not None and pack.grading.instrument not in instruments:
        yield Flaw(
            ("grading", "instrument"), f"there is no instrument {pack.grading.instrument} in this pack."
        )


def _references(rule: DutyRule) -> list[str]:
    return [part.duty for part in _expressions(rule) if isinstance(part, DutyOwed)]


def _expressions(rule: DutyRule) -> Iterator[Node]:
    yield from rule.trigger.walk()
    if rule.exemption is not None:
        yield from rule.exemption.when.walk()
        if rule.exemption.doubt is not None:
            yield from rule.exemption.doubt.walk()
    for other in rule.other_deadlines:
        yield from other.when.walk()
    for recipient in rule.recipients:
        if recipient.when is not None:
            yield from recipient.when.walk()


def _overlaps(pack: Pack) -> Iterator[Flaw]:
    if any(rule.instrument not in pack.by_instrument for rule in pack.duties):
        return
    for (_, first), (number, second) in combinations(enumerate(pack.duties), 2):
        if first.id != second.id:
            continue
        begins, ends = pack.span_of(first)
        starts, stops = pack.span_of(second)
        if begins <= stops and starts <= ends:
            yield Flaw(
                ("duties", number, "effective_from"),
                f"two versions of {second.id} are in force on {max(begins, starts)};"
                " end the first the day before the second begins.",
            )


def _cycles(pack: Pack) -> Iterator[Flaw]:
    leads: dict[str, set[str]] = {}
    for rule in pack.duties:
        leads.setdefault(rule.id, set()).update(_references(rule))
    for number, rule in enumerate(pack.duties):
        seen: set[str] = set()
        ahead = set(leads[rule.id])
        while ahead:
            name = ahead.pop()
            if name == rule.id:
                yield Flaw(("duties", number, "trigger"), f"{rule.id} waits for itself; break the cycle.")
                break
            if name not in seen:
                seen.add(name)
                ahead |= leads.get(name, set())


def _never(pack: Pack) -> Iterator[Flaw]:
    relays = {rule.id for rule in pack.duties if rule.kind == "relay"}
    for number, rule in enumerate(pack.duties):
        if not satisfiable(rule.trigger, never=relays):
            yield Flaw(
                ("duties", number, "trigger"),
                "this can never be true: its parts exclude each other; compare them with the article.",
            )
    for number, limb in enumerate(pack.grading.limbs if pack.grading is not None else ()):
        for place, level in enumerate(limb.levels):
            if not satisfiable(level.when):
                yield Flaw(
                    ("grading", "limbs", number, "levels", place, "when"),
                    "this can never be true: its parts exclude each other; compare them with the guide.",
                )
        if limb.presumed_when is not None and not satisfiable(limb.presumed_when):
            yield Flaw(
                ("grading", "limbs", number, "presumed_when"),
                "this can never be true: its parts exclude each other; compare them with the guide.",
            )
