"""Acts that were decided and have no outcome yet: what remains to be done, derived from the state alone."""

from typing import Literal

from domain.model import Value
from domain.state import State
from domain.turn import Book


class Effect(Value):
    """One act to perform; `key` is the same for as long as its outcome is awaited."""

    kind: Literal["draft_report", "send_report", "step", "undo", "draft_announcement", "publish"]
    number: int = 0
    step: str = ""
    attempt: int = 1

    @property
    def key(self) -> str:
        """Name the act within its incident, once per attempt."""
        return f"{self.kind}/{self.step or self.number}/{self.attempt}"


def outstanding(state: State, book: Book) -> tuple[Effect, ...]:
    """List the acts whose intent is recorded and whose outcome is not."""
    return (*_steps(state, book), *_reports(state), *_announcements(state))


def _steps(state: State, book: Book) -> list[Effect]:
    automatic = {step.id for step in book.playbook.steps if step.mode == "automatic"}
    return [
        Effect(
            kind="step" if status == "started" else "undo",
            step=name,
            attempt=state.tries.get(name, 1),
        )
        for name, status in state.steps.items()
        if name in automatic and status in {"started", "undoing"}
    ]


def _reports(state: State) -> list[Effect]:
    drafts = [
        Effect(kind="draft_report", number=report.number)
        for report in state.reports.values()
        if not report.sha256 and not report.failed
    ]
    filings = [
        Effect(kind="send_report", number=report.number, attempt=report.filings)
        for report in state.reports.values()
        if report.filed == "email" and not report.sent and not report.failed and not report.receipt
    ]
    return [*drafts, *filings]


def _announcements(state: State) -> list[Effect]:
    drafts = [
        Effect(kind="draft_announcement", number=each.number)
        for each in state.announcements.values()
        if not each.sha256 and not each.failed
    ]
    releases = [
        Effect(kind="publish", number=each.number)
        for each in state.announcements.values()
        if each.released and not each.path
    ]
    return [*drafts, *releases]
