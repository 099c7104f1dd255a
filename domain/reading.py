"""One pack read for one situation: an answer for each duty that it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from domain.answer import Addressee, DutyAnswer, Status
from domain.deadlines import counted, due, used, wall_date
from domain.duty_rule import Status as DutyStatus
from domain.expression import GRADE, Expression, Known, Verdict
from domain.pack import DutyRule, Exemption, GradingRule, Pack, Version
from domain.reason import depends
from domain.situation import Situation
from domain.tristate import Tristate
from domain.vocabulary import GradeName

_STATUS: dict[Tristate, Status] = {
    Tristate.TRUE: "owed",
    Tristate.FALSE: "not_owed",
    Tristate.UNKNOWN: "unknown",
}
_CLOCKED = {"incident", "vulnerability"}
_RECEIPT = "reported_at."
_NO_DUTY: Mapping[DutyStatus, str] = {
    "not_in_force": "this is not in force",
    "voluntary": "this is asked for, but voluntary",
}


class _Clock(NamedTuple):
    """Where a duty's time begins and ends, as far as it is known."""

    start: datetime | None = None
    fact: str | None = None
    end: datetime | None = None
    deadline: str | None = None
    caution: str | None = None


@dataclass(slots=True)
class Reading:
    """A pack together with the situation it is read for; each duty is answered once."""

    pack: Pack
    situation: Situation
    known: Known = field(init=False)
    versions: Mapping[str, Version] = field(init=False)
    _day: date = field(init=False)
    _told: dict[str, tuple[Verdict, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Take the versions of the day whose law applies."""
        self.known = Known(
            self.situation.facts,
            self._grade_at_least,
            self._duty,
            self.situation.weighed,
        )
        self._day = wall_date(self.situation.law_of, self.pack.zone)
        self.versions = self.pack.versions_on(self._day)

    def holds(self, expression: Expression) -> Tristate:
        """Weigh an expression of this pack."""
        return expression.weigh(self.known).value

    @property
    def grading(self) -> GradingRule | None:
        """The pack's grading guide, where it has one that is in force."""
        rule = self.pack.grading
        if rule is None or not self.pack.by_instrument[rule.instrument].covers(self._day):
            return None
        return rule

    def answers(self, *, channel_blocked: bool) -> Iterator[DutyAnswer]:
        """Answer every duty of the pack once, by the version in force."""
        for version in self.versions.values():
            yield self._answer(version, channel_blocked=channel_blocked)

    def _grade_at_least(self, name: GradeName) -> Verdict:
        return Verdict(self.situation.graded.at_least(name).value, (GRADE,))

    def _duty(self, name: str) -> Verdict:
        return self._tell(self.versions[name])[0]

    def _tell(self, version: Version) -> tuple[Verdict, str]:
        name = version.rule.id
        told = self._told.get(name)
        if told is None:
            told = self._told[name] = self._weigh(version)
        return told

    def _weigh(self, version: Version) -> tuple[Verdict, str]:
        rule, because = version.rule, self.situation.because
        unbound = self._unbound(version)
        if unbound is not None:
            return Verdict(Tristate.FALSE), unbound
        found = rule.trigger.weigh(self.known)
        if found.value is Tristate.FALSE:
            return found, f"Not owed, because {because(found.facts)}."
        freed = self._freed(rule.exemption, found) if rule.exemption is not None else None
        if freed is not None:
            return freed
        if found.value is Tristate.UNKNOWN:
            grade = self.situation.graded.grade
            return found, f"Cannot tell yet: it depends on {depends(rule.trigger, found.facts, grade)}."
        return found, f"Owed, because {because(found.facts)}."

    def _unbound(self, version: Version) -> str | None:
        rule = version.rule
        if not version.covers(self._day):
            return f"Not owed: this was not the law on {self._day}."
        if rule.kind == "relay":
            return f"Not owed by the operator: it binds {rule.obligor}."
        if rule.status in _NO_DUTY:
            return f"Not owed: {_NO_DUTY[rule.status]}."
        return None

    def _freed(self, exemption: Exemption, found: Verdict) -> tuple[Verdict, str] | None:
        because = self.situation.because
        shown = exemption.when.weigh(self.known)
        if shown.value is Tristate.TRUE:
            why = because(shown.facts)
            return (
                Verdict(Tristate.FALSE, shown.facts),
                f"Not owed: exempt by {exemption.text}, because {why}.",
            )
        doubt = exemption.doubt.weigh(self.known) if exemption.doubt is not None else Verdict(Tristate.FALSE)
        if doubt.value is Tristate.TRUE:
            names = tuple(dict.fromkeys((*doubt.facts, *shown.facts, *found.facts)))
            why = because(doubt.facts)
            return Verdict(Tristate.UNKNOWN, names), f"Cannot tell yet ({exemption.text}): {why}."
        return None

    def _facts(self, verdict: Verdict) -> tuple[str, ...]:
        if GRADE not in verdict.facts:
            return tuple(dict.fromkeys(verdict.facts))
        names: dict[str, None] = {}
        for name in verdict.facts:
            names.update(dict.fromkeys(self._grade_facts(verdict.value) if name == GRADE else (name,)))
        return tuple(names)

    def _grade_facts(self, value: Tristate) -> tuple[str, ...]:
        graded = self.situation.graded
        return tuple(
            name for verdict in graded.reached.values() if verdict.value is value for name in verdict.facts
        )

    def _answer(self, version: Version, *, channel_blocked: bool) -> DutyAnswer:
        rule = version.rule
        verdict, reason = self._tell(version)
        status = _STATUS[verdict.value]
        if status == "not_owed":
            # What is not owed is not owed to anyone that the law names.
            return version.declined(reason, self._facts(verdict))
        clock = self._clock(rule)
        start, end = clock.start, clock.end
        return version.said.model_copy(
            update={
                "status": status,
                "reason": reason,
                "decided_by": self._facts(verdict),
                "recipients": self._recipients(rule, verdict.value),
                "due_at": end if status == "owed" else None,
                "provisional_due_at": end if status == "unknown" else None,
                "clock_start": start,
                "clock_start_fact": clock.fact,
                "waiting_on": self._waiting(rule) if start is None else None,
                "used": None if end is None or start is None else used(start, end, self.situation.at),
                "deadline": clock.deadline or rule.deadline,
                "channel_blocked": channel_blocked,
                "caution": clock.caution,
            },
        )

    def _waiting(self, rule: DutyRule) -> str | None:
        # The receipt of a report that nobody owes will never come.
        for link in rule.clock_start:
            version = self.versions.get(link.removeprefix(_RECEIPT)) if link.startswith(_RECEIPT) else None
            if version is None or self._tell(version)[0].value is not Tristate.FALSE:
                return link
        return next(iter(rule.clock_start), None)

    def _clock(self, rule: DutyRule) -> _Clock:
        if rule.kind not in _CLOCKED:
            return _Clock()
        begun, fact = self.situation.start(rule.clock_start)
        if begun is None or rule.deadline is None or not rule.live:
            return _Clock(begun, fact)
        pack = self.pack
        start = counted(begun, rule.counted_from, pack.zone)
        deadline = self._deadline(rule, rule.deadline)
        end = due(start, deadline, calendar=rule.calendar, zone=pack.zone, workdays=pack.workdays)
        caution = None
        until = pack.workdays.until
        if rule.calendar == "business" and until is not None and wall_date(end, pack.zone) > until:
            caution = (
                f"Working days after {until} are counted Monday to Friday: no calendar tells of them yet."
            )
        return _Clock(start, fact, end, deadline, caution)

    def _deadline(self, rule: DutyRule, usual: str) -> str:
        known = (other.deadline for other in rule.other_deadlines if self.holds(other.when) is Tristate.TRUE)
        return next(known, usual)

    def _recipients(self, rule: DutyRule, status: Tristate) -> tuple[Addressee, ...]:
        # Owed to those whose condition is known to hold; while nothing can be told, to all who may be meant.
        return tuple(
            told.addressee for told in rule.recipients if told.when is None or self.holds(told.when) >= status
        )
