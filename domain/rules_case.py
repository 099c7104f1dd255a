"""Rules of the case itself: what is known, whether it is real, the plan's activation, the close."""

from collections.abc import Mapping

from pydantic import JsonValue

from domain import commands as c
from domain import facts as f
from domain.approval import CLOSING, TWO_PERSONS, fact_subject, second_person
from domain.closing import blockers
from domain.plausible import awareness, instants
from domain.playbook import Playbook
from domain.refusal import Refused
from domain.rules_assess import reassess
from domain.rules_duty import not_in_future
from domain.rules_step import progress
from domain.term import UNKNOWN, FactInvalid
from domain.turn import Turn
from domain.vocabulary import VOCABULARY, parse

# They start the clocks of all duties, so they never change without a reason.
AWARENESS = frozenset({"aware_at", "first_signal_at"})
RECEIPTED = frozenset({"report", "referral"})


def record_facts(turn: Turn, order: c.RecordFacts, envelope: c.Envelope) -> None:
    """Record facts one by one, then ask the law again."""
    basis = order.basis or envelope.reason
    for name, raw in order.values.items():
        if name == "confirmed":
            raise Refused("use_triage", "Whether the incident is real is decided by tocsin triage.")
        try:
            value = parse(name, raw, scope="incident")
        except FactInvalid as invalid:
            raise Refused(invalid.code, str(invalid)) from invalid
        known = turn.state.facts.get(name)
        if known is not None and known.value == value:
            continue
        _plausible(turn, name, value, basis)
        if name in TWO_PERSONS and value == TWO_PERSONS[name]:
            second_person(
                turn.state, fact_subject(name), operator=envelope.operator, offered=envelope.approvals
            )
        turn.record(f.FactRecorded(name=name, value=value, basis=basis))
    reassess(turn)


def _plausible(turn: Turn, name: str, value: JsonValue, basis: str) -> None:
    instant_of = VOCABULARY[name].type == "instant"
    if instant_of and not basis and (name in AWARENESS or name in turn.state.facts):
        raise Refused("needs_reason", f"{name} starts clocks: add --reason to set it.")
    for _, at in instants({name: value}):
        not_in_future(turn, at)
    if value != UNKNOWN and (name in AWARENESS or name == "reported_at"):
        held = {each: known.value for each, known in turn.state.facts.items()}
        _before_reports(turn, {**held, name: value})


def _before_reports(turn: Turn, facts: Mapping[str, JsonValue]) -> None:
    """Refuse an awareness that lies after something that was reported in it.

    Raises:
        Refused: `aware_after_report`.

    """
    aware = awareness(facts)
    if aware is None:
        return
    reported = [(name, at) for name, at in instants(facts) if name.startswith("reported_at.")]
    for duty in turn.state.duties.values():
        if duty.evidence and duty.evidence.means in RECEIPTED:
            reported.append((f"the receipt of {duty.key}", duty.evidence.at))
        if duty.filed:
            reported.append((f"the filing of {duty.key}", duty.filed.at))
    for what, at in reported:
        if at < aware[1]:
            sentence = f"{aware[0]} cannot lie after {what}; one of the two is wrong."
            raise Refused("aware_after_report", sentence)


def triage(turn: Turn, order: c.Triage, envelope: c.Envelope) -> None:
    """Decide that this is an incident, or a false alarm; either can be corrected with a reason."""
    state = turn.state
    if state.confirmed is not None and not envelope.reason:
        raise Refused("needs_reason", "A decision already taken is changed with a reason: add --reason.")
    if not order.confirmed and not envelope.reason:
        raise Refused("needs_reason", "A false alarm is declared with a reason: add --reason.")
    if order.playbook:
        choose_playbook(turn, order.playbook, envelope)
    turn.record(
        f.FactRecorded(name="confirmed", value=order.confirmed, basis=envelope.reason or "triage"),
        f.IncidentTriaged(
            confirmed=order.confirmed,
            severity=order.severity or state.severity,
            reason=envelope.reason,
        ),
    )
    reassess(turn)


def choose_playbook(turn: Turn, playbook: Playbook, envelope: c.Envelope) -> None:
    """Go by another playbook, with a reason, as long as no plan is in force.

    Once it is, its steps are in the record as done, skipped or owed, and exchanging them would leave a hole
    there: another kind of harm is a case of its own, linked to this one.
    """
    state, present = turn.state, turn.book.playbook
    if playbook == present:
        return
    if state.activated_at is not None:
        raise Refused(
            "plan_in_force",
            f"The plan {present.id} is in force; skip steps with --reason, or open a case beside this one: "
            f"tocsin incident open --linked-to {state.incident}",
        )
    if not envelope.reason:
        raise Refused("needs_reason", f"Choosing {playbook.id} over {present.id} needs --reason.")
    see_kind(turn, playbook)
    turn.record(f.PlaybookChosen(playbook=playbook, digest=playbook.digest, reason=envelope.reason))


def see_kind(turn: Turn, playbook: Playbook) -> None:
    """Let a playbook pass that is made for this kind of case.

    Raises:
        Refused: `wrong_kind`.

    """
    kind = turn.state.known("kind") or "incident"
    if playbook.kind != kind:
        raise Refused(
            "wrong_kind",
            f"{playbook.id} is a playbook for a case of kind {playbook.kind}, and this one is {kind}; "
            "name a fitting one with --playbook, or correct the fact kind.",
        )


def activate(turn: Turn, order: c.ActivatePlan, envelope: c.Envelope) -> None:
    """Put the plan in force."""
    state = turn.state
    if state.confirmed is not True:
        raise Refused("not_confirmed", f"Confirm first: tocsin triage {state.incident} --confirmed")
    if state.activated_at is not None:
        raise Refused("already_activated", f"The plan of {state.incident} is in force already.")
    if order.playbook:
        choose_playbook(turn, order.playbook, envelope)
    playbook = turn.book.playbook
    see_kind(turn, playbook)
    turn.record(f.PlanActivated(playbook=playbook.id, steps=tuple(step.id for step in playbook.worked)))
    progress(turn)
    reassess(turn)


def link(turn: Turn, order: c.LinkIncident, envelope: c.Envelope) -> None:
    """Record once that another case belongs with this one."""
    if order.other == turn.state.incident:
        raise Refused("linked_to_itself", f"{order.other} is this very case; name the other one.")
    if order.other not in turn.state.links:
        turn.record(f.IncidentLinked(other=order.other, reason=envelope.reason))


def close(turn: Turn, envelope: c.Envelope) -> None:
    """Close, or answer with everything that is still owed and the command that settles each."""
    open_items = blockers(turn.state)
    if open_items:
        items = "\n".join(f"- {item.what}: {item.command}" for item in open_items)
        raise Refused("still_owed", f"{turn.state.incident} cannot be closed yet:\n{items}")
    by = second_person(turn.state, CLOSING, operator=envelope.operator, offered=envelope.approvals)
    turn.record(f.IncidentClosed(reason=envelope.reason, approved_by=by))
