"""Where an incident stands, on one screen: what comes next first, then everything that is known."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from cli.hand import Hand
from cli.output import write, write_table
from cli.telling import fact_json, graded, told
from cli.times import due, left, shown, used
from domain.fact import Fact
from domain.facts import CommandAccepted
from domain.lineage import recipient
from domain.next_action import NextAction, next_action
from domain.next_step import announcement_next, campaign_next, referral_next, report_next
from domain.plan import plan
from domain.playbook import Playbook
from domain.state import Duty, State
from service.library import plan_of


def board(hand: Hand, timeline: int) -> None:
    """Print the board of an incident with its last `timeline` facts."""
    state = hand.state
    write(_title(hand))
    for line in _next(hand):
        write(line)
    _duties(hand)
    _doubts(state)
    playbook = plan_of(state)
    steps = list(_plan(state, playbook))
    if steps:
        write_table(("phase", "step", "status", ""), steps, title="Plan")
    work = list(_work(state))
    if work:
        write_table(("work", "where it stands"), work, title="Work")
    campaigns = list(_campaigns(hand))
    if campaigns:
        heads = ("campaign", "audience", "set aside", "no channel", "channels", "counts")
        write_table(heads, campaigns, title="Notification")
    facts = [fact for fact in hand.record.facts if not isinstance(fact.body, CommandAccepted)]
    if timeline:
        _timeline(hand, facts, timeline)


def board_json(hand: Hand, timeline: int) -> dict[str, object]:
    """Write the board for a program."""
    state = hand.state
    action = _action(hand)
    return {
        "incident": state.incident,
        "version": state.version,
        "phase": state.phase,
        "confirmed": state.confirmed,
        "drill": state.drill,
        "follows": state.opened.follows if state.opened else None,
        "links": state.links,
        "severity": state.severity,
        "grade": state.grade,
        "opened_at": state.opened_at,
        "now": hand.now,
        "next": action,
        "facts": {name: known.value for name, known in state.facts.items()},
        "duties": [{**duty.model_dump(mode="json"), "key": key} for key, duty in state.duties.items()],
        "steps": state.steps,
        "reports": list(state.reports.values()),
        "campaigns": [
            {**campaign.model_dump(mode="json"), "view": hand.record.campaign(number)}
            for number, campaign in state.campaigns.items()
        ],
        "announcements": list(state.announcements.values()),
        "referrals": list(state.referrals.values()),
        "timeline": [fact_json(fact) for fact in hand.record.facts[-timeline:]] if timeline else [],
    }


def _timeline(hand: Hand, facts: Sequence[Fact], last: int) -> None:
    rows = (
        (
            str(fact.version),
            shown(fact.at, hand.zone),
            fact.actor,
            type(fact.body).__name__,
            told(fact, hand.zone),
        )
        for fact in facts[-last:]
    )
    title = f"Timeline (the last {min(last, len(facts))} of {len(facts)})"
    write_table(("", "at", "by", "fact", ""), rows, title=title)


def _action(hand: Hand) -> NextAction | None:
    return next_action(hand.state, hand.now, plan_of(hand.state))


def _title(hand: Hand) -> str:
    state = hand.state
    drill = "演练 DRILL · " if state.drill else ""
    real = {True: "confirmed", False: "false alarm", None: "not yet decided"}[state.confirmed]
    aware = state.known("aware_at") or state.known("first_signal_at")
    level = graded(state.grade)
    alerts = f"{state.alerts} {'alert' if state.alerts == 1 else 'alerts'}"
    title = (
        f"{drill}{state.incident} · {state.phase} · {real} · level {level} · severity {state.severity}"
        f"\nopened {shown(state.opened_at, hand.zone)}, {alerts}, version {state.version}"
    )
    if isinstance(aware, str) and aware != "unknown":
        title += f", known since {shown(datetime.fromisoformat(aware), hand.zone)}"
    if state.offset:
        title += f"\nthe drill's own time: {shown(hand.now, hand.zone)}"
    return title


def _next(hand: Hand) -> Iterator[str]:
    action = _action(hand)
    yield ""
    if action is None:
        yield "Next: nothing; it is closed." if hand.state.phase == "closed" else "Next: nothing."
        return
    when = f", {due(action.due_at, hand.now, hand.zone)}" if action.due_at else ""
    yield f"Next: {action.what}"
    yield f"      {action.owner}{when}"
    yield f"      $ {action.command}" if action.command else "      Tocsin is at it; nothing to type."


def _duties(hand: Hand) -> None:
    state = hand.state
    if not state.duties:
        return
    order = sorted(
        state.duties.values(),
        key=lambda d: (
            d.settled,
            d.terms.answer != "owed",
            d.terms.due_at is None,
            d.terms.due_at or state.opened_at,
            str(d.key),
        ),
    )
    heads = ("duty", "", "to", "answer", "due", "status")
    rows = (
        (
            str(duty.key),
            duty.title,
            duty.recipient,
            duty.terms.answer.replace("_", " "),
            _deadline(hand, duty),
            _status(duty, hand.zone),
        )
        for duty in order
    )
    write_table(heads, rows, title="Duties")


def _doubts(state: State) -> None:
    """Say of the duties that cannot be told yet what each depends on; several often on the same."""
    doubts: dict[str, list[str]] = {}
    for key, duty in state.duties.items():
        if duty.terms.answer == "unknown" and not duty.settled:
            doubts.setdefault(duty.terms.reason, []).append(key)
    if doubts:
        rows = ((reason, ", ".join(keys)) for reason, keys in doubts.items())
        write_table(("why", "duties"), rows, title="Cannot be told yet")


def _deadline(hand: Hand, duty: Duty) -> str:
    when = shown(duty.terms.due_at, hand.zone)
    if duty.settled or duty.terms.due_at is None:
        return when
    target = "" if duty.terms.legal else " (target)"
    gone = used(duty.terms.clock_start, duty.terms.due_at, hand.now)
    return ", ".join(part for part in (when, left(duty.terms.due_at, hand.now), gone) if part) + target


def _status(duty: Duty, zone: tzinfo | None) -> str:
    status = duty.status.replace("_", " ")
    lapsed = ", lapsed" if duty.lapsed_at and not duty.settled else ""
    number = f" ({duty.evidence.number})" if duty.evidence and duty.evidence.number else ""
    if duty.filed and not duty.settled:
        channel, paper = duty.filed.channel.replace("_", " "), duty.filed.reference
        first = "" if status == "open" else f"{status}, "
        status = f"{first}filed {shown(duty.filed.at, zone)} by {channel} ({paper}), receipt outstanding"
    return f"{status}{lapsed}{number}{', its clock was ended' if duty.lost else ''}"


def _plan(state: State, playbook: Playbook | None) -> Iterator[tuple[str, str, str, str]]:
    """The steps of a plan in force that somebody has to do, did, or may have to do again."""
    if playbook is None:
        yield from (("", step, status, "") for step, status in state.steps.items())
        return
    for each in plan(state, playbook) if state.steps else ():
        if each.status != "not_owed":
            step = each.step
            yield step.phase, step.id, each.status, f"{step.title.zh} · {step.owner} · {step.mode}"


def _work(state: State) -> Iterator[tuple[str, str]]:
    for report in state.reports.values():
        to = recipient(state, report)
        yield f"report/{report.number} {report.form} → {to}", report_next(state, report)[0]
    for referral in state.referrals.values():
        yield f"referral/{referral.number} → {referral.authority}", referral_next(state, referral)[0]
    for campaign in state.campaigns.values():
        yield f"campaign/{campaign.number}", campaign_next(state, campaign)[0]
    for each in state.announcements.values():
        yield f"announcement/{each.number}", announcement_next(state, each)[0]


def _campaigns(hand: Hand) -> Iterator[tuple[str, ...]]:
    for number, campaign in hand.state.campaigns.items():
        view = hand.record.campaign(number)
        counts = campaign.settled.counts if campaign.settled else view.counts
        yield (
            str(number),
            str(view.total or (campaign.planned.total if campaign.planned else "–")),
            str(view.rejected),
            str(view.unreachable),
            ", ".join(f"{name} {count:,}" for name, count in view.channels.items()),
            ", ".join(f"{name} {count:,}" for name, count in counts.items() if count) or view.doing,
        )
