"""Which workflows must run by the facts alone, and how what runs differs from that."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.docket import CampaignDocket, ClockDocket, Debt, Docket, IncidentDocket
from domain.finding import ENDS, Finding, Part
from domain.ids import clock_stream
from domain.line import Instant
from domain.model import Value

Status = Literal["running", "paused", "completed", "failed", "canceled", "terminated", "timed_out"]
# Temporal's visibility keeps an instant less exactly than the ledger does.
EXACT = timedelta(seconds=1)


class Wanted(Value):
    """One workflow that must run, since when, and for a clock until when."""

    stream: str
    part: Part
    since: Instant
    due_at: Instant | None = None
    drill: bool = False
    offset: timedelta = timedelta()
    advanced_at: Instant | None = None


class Seen(Value):
    """One workflow as Temporal shows it; instants are real ones."""

    stream: str
    status: Status
    run: str = ""
    started_at: Instant | None = None
    closed_at: Instant | None = None
    due_at: Instant | None = None
    problems: tuple[str, ...] = ()
    paused_activity: bool = False
    reset_at: Instant | None = None


Dockets = Mapping[str, Docket]


def part_of(stream: str) -> Part | None:
    """Say what kind of workflow a stream's name names; None for one that the auditor does not watch."""
    match stream.split("/"):
        case ["incident", _]:
            return "incident"
        case ["incident", _, "duty", _, _, _]:
            return "clock"
        case ["incident", _, "campaign", _]:
            return "campaign"
        case ["incident", _, "referral", _]:
            return "referral"
    return None


def expected(dockets: Dockets) -> dict[str, Wanted]:
    """Compute which workflows must run: each open incident, and a clock for each open duty that has a due."""
    found = (
        wanted
        for docket in dockets.values()
        if isinstance(docket, IncidentDocket) and docket.opened_at and not docket.closed_at
        for wanted in _wanted(docket, docket.opened_at, dockets)
    )
    return {wanted.stream: wanted for wanted in found}


def _wanted(docket: IncidentDocket, opened_at: datetime, dockets: Dockets) -> Iterator[Wanted]:
    yield Wanted(stream=docket.stream, part="incident", since=opened_at, drill=docket.drill)
    incident = docket.stream.partition("/")[2]
    for key, debt in docket.debts.items():
        if debt.due_at and not debt.settled_at:
            yield Wanted(
                stream=clock_stream(incident, key),
                part="clock",
                since=debt.since,
                due_at=debt.due_at,
                drill=docket.drill,
                offset=docket.offset,
                advanced_at=docket.advanced_at,
            )
    for stream, since in docket.siblings.items():
        own = dockets.get(stream)
        part = part_of(stream)
        if part and not (isinstance(own, CampaignDocket) and own.settled):
            yield Wanted(stream=stream, part=part, since=since, drill=docket.drill)


@dataclass(frozen=True, slots=True)
class Moment:
    """When the comparison is made, and how long the engine may take for what it has to do."""

    now: datetime
    patience: timedelta

    def late(self, since: datetime | None) -> bool:
        """Whether what had to follow on `since` had its time."""
        return since is not None and self.now - since > self.patience


def compare(dockets: Dockets, seen: Mapping[str, Seen], moment: Moment) -> tuple[Finding, ...]:
    """Compare what must run with what Temporal shows; the nearest deadline first.

    `seen` holds every workflow that runs or is paused, and whatever else is known of those that must run.
    What is wanted and not in it is missing.
    """
    wanted = expected(dockets)
    found = [
        *(finding for each in wanted.values() for finding in _judged(each, dockets, seen, moment)),
        *(
            finding
            for each in seen.values()
            if each.stream not in wanted and each.status in {"running", "paused"}
            for finding in _unwanted(each, dockets, moment)
        ),
        *_unreadable(dockets),
    ]
    return tuple(sorted(found, key=lambda item: (item.due_at is None, item.due_at or moment.now, item.key)))


def _judged(wanted: Wanted, dockets: Dockets, seen: Mapping[str, Seen], moment: Moment) -> Iterator[Finding]:
    found = seen.get(wanted.stream)
    if found is None:
        if moment.late(wanted.since):
            yield _about(wanted, "missing")
    elif found.status == "paused":
        yield _about(wanted, "paused")
    elif found.status in ENDS:
        # Whoever ends by itself still has to tell its incident; whoever was ended tells nobody.
        if found.status != "completed" or moment.late(found.closed_at):
            yield _about(wanted, found.status, mark=found.run)
    else:
        yield from _running(wanted, found, dockets, moment)


def _running(wanted: Wanted, found: Seen, dockets: Dockets, moment: Moment) -> Iterator[Finding]:
    if found.problems:
        yield _about(wanted, "problems", detail=", ".join(found.problems))
    if found.paused_activity:
        yield _about(wanted, "activity_paused")
    if found.reset_at:
        yield _about(wanted, "reset", detail=_written(found.reset_at), mark=found.run)
    if wanted.part == "clock":
        yield from _clock(wanted, found, dockets, moment)


def _clock(wanted: Wanted, found: Seen, dockets: Dockets, moment: Moment) -> Iterator[Finding]:
    docket = dockets.get(wanted.stream)
    if not isinstance(docket, ClockDocket) or docket.scheduled_at is None:
        if moment.late(wanted.since):
            yield _about(wanted, "unrecorded")
        return
    if moment.late(wanted.since):
        sides = (("Temporal", found.due_at), ("its own stream", docket.due_at))
        wrong = [f"{where}: {_written(due)}" for where, due in sides if not _same(due, wanted.due_at)]
        if wrong:
            yield _about(wanted, "wrong_due", detail="; ".join(wrong))
    if wanted.advanced_at is None or moment.late(wanted.advanced_at):
        yield from _rings(wanted, docket, docket.scheduled_at, moment)


def _rings(wanted: Wanted, docket: ClockDocket, scheduled_at: datetime, moment: Moment) -> Iterator[Finding]:
    def overdue(at: datetime) -> bool:
        return moment.late(max(at, scheduled_at) - wanted.offset)

    silent = [alarm for alarm in docket.alarms if alarm.percent > docket.rung and overdue(alarm.at)]
    if silent:
        yield _about(wanted, "silent", detail=f"{silent[-1].percent} %, {_written(silent[-1].at)}")
    if docket.due_at and not docket.lapsed and overdue(docket.due_at):
        yield _about(wanted, "unlapsed")


def _unwanted(found: Seen, dockets: Dockets, moment: Moment) -> Iterator[Finding]:
    part = part_of(found.stream)
    if part is None:
        return
    incident = dockets.get("/".join(found.stream.split("/")[:2]))
    if not isinstance(incident, IncidentDocket) or incident.opened_at is None:
        if moment.late(found.started_at):
            yield Finding(kind=f"{part}.unrecorded", subject=found.stream)
        return
    over = incident.closed_at
    if part == "clock":
        debt = _debt(incident, found.stream)
        if debt and not debt.settled_at and not over:
            # No instant is known that it should run to, so it runs on to its last one.
            return
        over = over or (debt.settled_at if debt else found.started_at)
    if moment.late(over):
        yield Finding(kind=f"{part}.stray", subject=found.stream, drill=incident.drill)


def _debt(incident: IncidentDocket, stream: str) -> Debt | None:
    return incident.debts.get("/".join(stream.split("/")[3:]))


def _unreadable(dockets: Dockets) -> Iterator[Finding]:
    for docket in dockets.values():
        if docket.unreadable:
            versions = ", ".join(str(version) for version in docket.unreadable[:5])
            yield Finding(kind="ledger.unreadable", subject=docket.stream, detail=f"version {versions}")


def _about(wanted: Wanted, what: str, *, detail: str = "", mark: str = "") -> Finding:
    return Finding(
        kind=f"{wanted.part}.{what}",
        subject=wanted.stream,
        detail=detail,
        due_at=wanted.due_at,
        drill=wanted.drill,
        mark=mark,
    )


def _same(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) < EXACT


def _written(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else "none"
