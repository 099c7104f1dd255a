"""What the Temporal UI shows of an incident: attributes to filter by and a board to read."""

from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeUpdate

from domain.state import Duty, State
from workflows.search import AFFECTED, DEADLINE, DRILL, JURISDICTIONS, PHASE, SEVERITY


def next_deadline(state: State) -> datetime | None:
    """Return the soonest instant at which an open duty is due."""
    return min(
        (duty.terms.due_at for duty in state.duties.values() if not duty.settled and duty.terms.due_at),
        default=None,
    )


def published(state: State) -> list[SearchAttributeUpdate[Any]]:
    """List the search attributes of an incident; they are not encrypted, so none says more than a count."""
    opened = state.opened
    affected = state.known("persons_affected")
    due = next_deadline(state)
    return [
        PHASE.value_set(state.phase),
        SEVERITY.value_set(str(state.severity)),
        DRILL.value_set(state.drill),
        JURISDICTIONS.value_set(list(opened.organisation.jurisdictions) if opened else []),
        DEADLINE.value_set(due) if due else DEADLINE.value_unset(),
        AFFECTED.value_set(affected) if isinstance(affected, int) else AFFECTED.value_unset(),
    ]


def _standing(duty: Duty) -> str:
    return "filed" if duty.filed and duty.status == "open" else duty.status


def board(state: State) -> str:
    """Write the board in Markdown: where the case stands, its duties, what was done."""
    grade = state.grade.value if state.grade else "unknown"
    title = f"{'演练 DRILL · ' if state.drill else ''}**{state.incident}** · {state.phase} · {grade}"
    rows = [
        f"| {duty.key.duty} | {duty.key.authority} | {_standing(duty)} ({duty.terms.answer}) | "
        f"{duty.terms.due_at.isoformat() if duty.terms.due_at else '–'} |"
        for duty in state.duties.values()
    ]
    table = (
        ["| duty | authority | status | due |", "|---|---|---|---|", *rows] if rows else ["No duties yet."]
    )
    work = [f"- step {name}: {status}" for name, status in state.steps.items()]
    work += [
        f"- report {report.number}: {'receipted' if report.receipt else report.filed or 'draft'}"
        for report in state.reports.values()
    ]
    work += [
        f"- campaign {campaign.number}: {'settled' if campaign.settled else campaign.wanted}"
        for campaign in state.campaigns.values()
    ]
    return "\n".join([title, "", *table, "", *work])
