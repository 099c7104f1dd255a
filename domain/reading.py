"""One pack read for one situation: an answer for each duty that it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.answer import Addressee, DutyAnswer, Status
from domain.deadlines import due, used, wall_date
from domain.expression import GRADE, Expression, Known, Verdict
from domain.pack import DutyRule, Exemption, GradingRule, Pack
from domain.reason import because, depends
from domain.situation import Situation
from domain.tristate import Tristate
from domain.vocabulary import GradeName

_STATUS: dict[Tristate, Status] = {
    Tristate.TRUE: "owed",
    Tristate.FALSE: "not_owed",
    Tristate.UNKNOWN: "unknown",
}
_CLOCKED = {"incident", "vulnerability"}


@dataclass(slots=True)
class Reading:
    """A pack together with the situation it is read for; each duty is answered once."""

    pack: Pack
    situation: Situation
    known: Known = field(init=False)
    rules: Mapping[str, DutyRule] = field(init=False)
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
        self.rules = self.pack.on(self._day)

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
        for rule in self.rules.values():
            yield self._answer(rule, channel_blocked=channel_blocked)

    def _grade_at_least(self, name: GradeName) -> Verdict:
        return Verdict(self.situation.graded.at_least(name).value, (GRADE,))

    def _duty(self, name: str) -> Verdict:
        return self._tell(self.rules[name])[0]

    def _tell(self, rule: DutyRule) -> tuple[Verdict, str]:
        if rule.id not in self._told:
            self._told[rule.id] = self._weigh(rule)
        return self._told[rule.id]

    def _weigh(self, rule: DutyRule) -> tuple[Verdict, str]:
        facts, grade = self.situation.facts, self.situation.graded.grade
        if not self.pack.in_force(rule, self._day):
            return Verdict(Tristate.FALSE), f"Not owed: this was not the law on {self._day}."
        if rule.kind == "relay":
            return Verdict(Tristate.FALSE), f"Not owed by the operator: it binds {rule.obligor}."
        known = self.known
        found = rule.trigger.weigh(known)
        if found.value is Tristate.FALSE:
            return found, f"Not owed, because {because(found.facts, facts, grade)}."
        freed = self._freed(rule.exemption, found) if rule.exemption is not None else None
        if freed is not None:
            return freed
        if found.value is Tristate.UNKNOWN:
            return found, f"Cannot tell yet: it depends on {depends(rule.trigger, found.facts, grade)}."
        return found, f"Owed, because {because(found.facts, facts, grade)}."

    def _freed(self, exemption: Exemption, found: Verdict) -> tuple[Verdict, str] | None:
        facts, grade = self.situation.facts, self.situation.graded.grade
        shown = exemption.when.weigh(self.known)
        if shown.value is Tristate.TRUE:
            why = because(shown.facts, facts, grade)
            return Verdict(
                Tristate.FALSE, shown.facts
            ), f"Not owed: exempt by {exemption.text}, because {why}."
        doubt = exemption.doubt.weigh(self.known) if exemption.doubt is not None else Verdict(Tristate.FALSE)
        if doubt.value is Tristate.TRUE:
            why = because(doubt.facts, facts, grade)
            names = tuple(dict.fromkeys((*doubt.facts, *shown.facts, *found.facts)))
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

    def _answer(self, rule: DutyRule, *, channel_blocked: bool) -> DutyAnswer:
        verdict, reason = self._tell(rule)
        status = _STATUS[verdict.value]
        open_ = status != "not_owed"
        start, start_fact, end = self._clock(rule) if open_ else (None, None, None)
        return DutyAnswer(
            id=rule.id,
            status=status,
            kind=rule.kind,
            title=rule.title,
            instrument=self.pack.by_instrument[rule.instrument].name,
            article=rule.article,
            reason=reason,
            decided_by=self._facts(verdict),
            recipients=self._recipients(rule, verdict.value),
            due_at=end if status == "owed" else None,
            provisional_due_at=end if status == "unknown" else None,
            clock_start=start,
            clock_start_fact=start_fact,
            waiting_on=rule.clock_start[0] if open_ and rule.clock_start and start is None else None,
            used=None if end is None or start is None else used(start, end, self.situation.at),
            deadline=rule.deadline,
            deadline_text=rule.deadline_text,
            urgency=rule.urgency,
            confidence=rule.confidence,
            live=rule.live,
            blocking=rule.blocks,
            channel_blocked=channel_blocked and open_,
            form=rule.form,
            pack=self.pack.id,
        )

    def _clock(self, rule: DutyRule) -> tuple[datetime | None, str | None, datetime | None]:
        if rule.kind not in _CLOCKED:
            return None, None, None
        start, fact = self.situation.start(rule.clock_start)
        if start is None or rule.deadline is None or not rule.live:
            return start, fact, None
        end = due(
            start,
            rule.deadline,
            calendar=rule.calendar,
            zone=self.pack.zone,
            workdays=self.pack.workdays,
        )
        return start, fact, end

    def _recipients(self, rule: DutyRule, status: Tristate) -> tuple[Addressee, ...]:
        # Owed to those whose condition is known to hold; while nothing can be told, to all who may be meant;
        # and what is not owed is not owed to anyone that the law names.
        return tuple(
            told.addressee for told in rule.recipients if told.when is None or self.holds(told.when) >= status
        )
