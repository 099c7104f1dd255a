"""Perform one act of an incident and turn what came of it, good or bad, into a word."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.announce import Announce, DraftAnnouncement, PublishAnnouncement
from activities.contain import Call, Contain
from activities.report import DraftReport, DutyLine, Report, SendReport
from domain import commands as c
from domain.done import done
from domain.effects import Effect
from domain.ids import idempotency_key
from domain.lineage import earlier, recipient
from domain.state import Duty, State
from domain.turn import Book
from workflows import options


async def perform(effect: Effect, state: State, book: Book, now: datetime) -> c.Word:
    """Do what was decided; a failure that is final is an outcome too, for a person to take up."""
    match effect.kind:
        case "draft_report":
            return await _draft_report(effect, state, book, now)
        case "send_report":
            return await _send_report(effect, state)
        case "step" | "undo":
            return await _step(effect, state, book)
        case "draft_announcement":
            return await _draft_announcement(effect, state, book, now)
        case "publish":
            return await _publish(effect, state, now)


def duty_lines(duties: tuple[Duty, ...]) -> tuple[DutyLine, ...]:
    """Name the duties that a document answers."""
    return tuple(
        DutyLine(
            key=str(duty.key),
            title=duty.title,
            article=duty.article,
            recipient=duty.recipient,
            due_at=duty.terms.due_at,
        )
        for duty in duties
    )


def why(fault: ActivityError) -> str:
    """Name a final failure by its code, never by its words."""
    cause = fault.cause
    if isinstance(cause, ApplicationError) and cause.type:
        return cause.type
    return "timed_out"


async def _draft_report(effect: Effect, state: State, book: Book, now: datetime) -> c.Word:
    report = state.reports[effect.number]
    try:
        drafted = await workflow.execute_activity_method(
            Report.draft,
            DraftReport(
                incident=state.incident,
                number=report.number,
                form=report.form,
                stage=report.stage,
                duties=duty_lines(tuple(state.duties[str(key)] for key in report.duties)),
                facts=state.facts,
                organisation=book.opening.organisation,
                grade=state.grade,
                opened_at=state.opened_at or now,
                severity=state.severity,
                steps=dict(state.steps),
                at=now,
                drill=state.drill,
                done=done(state),
                earlier=earlier(state, report),
            ),
            summary=f"draw up report {report.number} ({report.form}, {report.stage})",
            **options.DRAFT,
        )
    except ActivityError as fault:
        return c.ReportWord(report=report.number, code=why(fault))
    return c.ReportWord(
        report=report.number, sha256=drafted.sha256, missing=drafted.missing, pending=drafted.pending
    )


async def _send_report(effect: Effect, state: State) -> c.Word:
    report = state.reports[effect.number]
    try:
        sent = await workflow.execute_activity_method(
            Report.send,
            SendReport(
                incident=state.incident,
                number=report.number,
                authority=recipient(state, report),
                sha256=report.sha256,
                idempotency=_key(effect),
                drill=state.drill,
            ),
            summary=f"send report {report.number} to {recipient(state, report)}",
            **options.FILE,
        )
    except ActivityError as fault:
        return c.FilingWord(report=report.number, ok=False, code=why(fault))
    return c.FilingWord(report=report.number, ok=sent.ok, code=sent.code)


async def _step(effect: Effect, state: State, book: Book) -> c.Word:
    step = book.playbook.step(effect.step)
    undo = effect.kind == "undo"
    if step is None or not step.action:
        return c.StepWord(step=effect.step, ok=False, undo=undo, code="no_action", attempt=effect.attempt)
    try:
        called = await workflow.execute_activity_method(
            Contain.call,
            Call(
                incident=state.incident,
                step=effect.step,
                action=step.undo if undo and step.undo else step.action,
                undo=undo,
                idempotency=_key(effect),
                drill=state.drill,
            ),
            summary=f"{'take back' if undo else 'call'} {effect.step}",
            **options.CONTAIN,
        )
    except ActivityError as fault:
        return c.StepWord(step=effect.step, ok=False, undo=undo, code=why(fault), attempt=effect.attempt)
    return c.StepWord(step=effect.step, ok=called.ok, undo=undo, code=called.code, attempt=effect.attempt)


async def _draft_announcement(effect: Effect, state: State, book: Book, now: datetime) -> c.Word:
    announcement = state.announcements[effect.number]
    before = state.announcements.get(announcement.follows)
    try:
        drafted = await workflow.execute_activity_method(
            Announce.draft,
            DraftAnnouncement(
                incident=state.incident,
                number=effect.number,
                facts=state.facts,
                organisation=book.opening.organisation,
                opened_at=state.opened_at or now,
                at=now,
                drill=state.drill,
                message=book.playbook.notification.messages[0],
                follows=before.sha256 if before else "",
                standing=announcement.standing,
                zh=announcement.zh,
                en=announcement.en,
            ),
            summary=f"draw up announcement {effect.number}",
            **options.PUBLISH,
        )
    except ActivityError as fault:
        return c.AnnouncementWord(announcement=effect.number, code=why(fault))
    return c.AnnouncementWord(announcement=effect.number, sha256=drafted.sha256)


async def _publish(effect: Effect, state: State, now: datetime) -> c.Word:
    announcement = state.announcements[effect.number]
    try:
        published = await workflow.execute_activity_method(
            Announce.publish,
            PublishAnnouncement(
                incident=state.incident,
                number=effect.number,
                sha256=announcement.sha256,
                drill=state.drill,
                at=now,
            ),
            summary=f"publish announcement {effect.number}",
            **options.PUBLISH,
        )
    except ActivityError as fault:
        return c.AnnouncementWord(announcement=effect.number, code=why(fault))
    return c.AnnouncementWord(announcement=effect.number, sha256=published.sha256, path=published.path)


def _key(effect: Effect) -> str:
    info = workflow.info()
    return idempotency_key(info.workflow_id, info.first_execution_run_id, effect.key)
