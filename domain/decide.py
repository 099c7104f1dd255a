"""What a command, an observation or a word from a part does to an incident: the facts, or a refusal."""

from datetime import datetime, timedelta
from typing import assert_never

from domain import commands as c
from domain.alert import Observation
from domain.approval import content
from domain.fact import Fact
from domain.facts import AlertObserved, Approved, CommandAccepted, FactRecorded, IncidentLinked, TimeAdvanced
from domain.line import instant
from domain.refusal import Refused
from domain.rules_adopt import adopt
from domain.rules_assess import reassess
from domain.rules_case import activate, close, link, record_facts, triage
from domain.rules_duty import extend, not_in_future, withdraw
from domain.rules_notify import (
    draft_announcement,
    plan_notification,
    publish_announcement,
    record_by_hand,
    revise_announcement,
    steer_notification,
    verify_announcement,
)
from domain.rules_refer import draft_referral, file_referral, take_referral_receipt
from domain.rules_report import draft_report, file_report, take_receipt
from domain.rules_request import receive_request
from domain.rules_settle import settle_by_hand
from domain.rules_step import advance_step
from domain.rules_word import take_word
from domain.state import State
from domain.turn import Book, Turn

Work = (
    c.DraftReport
    | c.FileReport
    | c.RecordReceipt
    | c.PlanNotification
    | c.StartNotification
    | c.PauseNotification
    | c.ResumeNotification
    | c.StopNotification
    | c.RecordByHand
    | c.DraftAnnouncement
    | c.ReviseAnnouncement
    | c.PublishAnnouncement
    | c.VerifyAnnouncement
    | c.DraftReferral
    | c.FileReferral
    | c.RecordReferralReceipt
)


def observe(state: State, observation: Observation, now: datetime, book: Book) -> tuple[Fact, ...]:
    """Take findings in: the first one opens the incident, known ones change nothing.

    Raises:
        Refused: `closed`, where a new finding belongs to a follow-up.

    """
    hand = observation.by_hand
    turn = Turn(state, now, hand.operator if hand else "system:intake", book)
    first = min(alert.received_at for alert in observation.alerts)
    if state.version == 0:
        if hand:
            not_in_future(turn, first)
        turn.record(book.opening)
    for alert in observation.alerts:
        known = turn.state.findings.get(alert.finding)
        if known is None or alert.revision > known:
            _open_only(state)
            turn.record(AlertObserved(alert=alert))
    if state.version == 0:
        basis = hand.basis if hand else "the first alert"
        turn.record(FactRecorded(name="first_signal_at", value=instant(first), basis=basis))
        if hand:
            turn.record(FactRecorded(name="kind", value=hand.kind, basis=basis))
            if hand.linked_to:
                turn.record(IncidentLinked(other=hand.linked_to, reason=basis))
        reassess(turn)
    return tuple(turn.facts)


def decide(state: State, command: c.Command, now: datetime, book: Book) -> tuple[Fact, ...]:
    """Decide what an operator's command does; nothing, when the same command was taken before.

    Raises:
        Refused: with the rule's code and a sentence; nothing happened.

    """
    envelope = command.envelope
    if envelope.nonce in state.nonces:
        return ()
    if state.version == 0:
        raise Refused("not_open", f"{state.incident} has not been opened by an alert.")
    _open_only(state)
    if envelope.seen_version is not None and envelope.seen_version != state.version:
        raise Refused(
            "stale",
            f"{state.incident} is at version {state.version}, you saw {envelope.seen_version}; look again.",
        )
    turn = Turn(state, now, envelope.operator, book)
    turn.record(
        CommandAccepted(
            command=command.order.do,
            nonce=envelope.nonce,
            issued_at=envelope.issued_at,
            seen_version=envelope.seen_version,
            reason=envelope.reason,
            approvals=envelope.approvals,
            proof=envelope.proof,
        ),
    )
    _apply(turn, command)
    return tuple(turn.facts)


def hear(state: State, heard: c.Heard, now: datetime, book: Book) -> tuple[Fact, ...]:
    """Take a word from one of the incident's own parts; a repeated word changes nothing."""
    if state.phase == "closed":
        return ()
    turn = Turn(state, now, f"system:{heard.component}", book)
    take_word(turn, heard.word)
    return tuple(turn.facts)


def _open_only(state: State) -> None:
    if state.phase == "closed":
        raise Refused("closed", f"{state.incident} is closed; a new alert opens a follow-up.")


def _apply(turn: Turn, command: c.Command) -> None:
    envelope = command.envelope
    match command.order:
        case c.RecordFacts() as order:
            record_facts(turn, order, envelope)
        case c.Triage() as order:
            triage(turn, order, envelope)
        case c.ActivatePlan() as order:
            activate(turn, order, envelope)
        case c.AdvanceStep() as order:
            advance_step(turn, order, envelope)
        case c.Approve() as order:
            _approve(turn, order)
        case c.WithdrawDuties() as order:
            withdraw(turn, order, envelope)
        case c.ExtendDuty() as order:
            extend(turn, order, envelope)
        case c.RecordRequest() as order:
            receive_request(turn, order, envelope)
            reassess(turn)
        case c.SettleDuty() as order:
            settle_by_hand(turn, order, envelope)
        case c.LinkIncident() as order:
            link(turn, order, envelope)
        case c.CloseIncident():
            close(turn, envelope)
        case c.AdvanceTime() as order:
            _advance_time(turn, order)
        case c.AdoptPacks() as order:
            adopt(turn, order, envelope)
        case _ as work:
            _work(turn, work, envelope)


def _work(turn: Turn, work: Work, envelope: c.Envelope) -> None:
    match work:
        case c.DraftReport() as order:
            draft_report(turn, order)
        case c.FileReport() as order:
            file_report(turn, order, envelope)
        case c.RecordReceipt() as order:
            take_receipt(turn, order)
        case c.PlanNotification() as order:
            plan_notification(turn, order)
        case (
            c.StartNotification() | c.PauseNotification() | c.ResumeNotification() | c.StopNotification()
        ) as order:
            steer_notification(turn, order, envelope)
        case c.RecordByHand() as order:
            record_by_hand(turn, order, envelope)
        case c.DraftAnnouncement() as order:
            draft_announcement(turn, order)
        case c.ReviseAnnouncement() as order:
            revise_announcement(turn, order)
        case c.PublishAnnouncement() as order:
            publish_announcement(turn, order, envelope)
        case c.VerifyAnnouncement() as order:
            verify_announcement(turn, order)
        case c.DraftReferral() as order:
            draft_referral(turn, order)
        case c.FileReferral() as order:
            file_referral(turn, order, envelope)
        case c.RecordReferralReceipt() as order:
            take_referral_receipt(turn, order)
        case _ as never:
            assert_never(never)


def _approve(turn: Turn, order: c.Approve) -> None:
    present = content(turn.state, order.subject)
    if present is None:
        raise Refused("nothing_to_approve", f"{order.subject} has no content yet that anyone could agree to.")
    if present != order.sha256:
        raise Refused(
            "content_changed",
            f"{order.subject} is now {present[:12]}…, not {order.sha256[:12]}…; read it again.",
        )
    turn.record(Approved(subject=order.subject, sha256=order.sha256))


def _advance_time(turn: Turn, order: c.AdvanceTime) -> None:
    if not turn.state.drill:
        raise Refused("not_a_drill", "Only a drill has a time of its own; this incident is real.")
    if order.by <= timedelta():
        raise Refused("backwards", "A drill's time only goes forward; give a positive duration.")
    turn.record(TimeAdvanced(by=order.by))
