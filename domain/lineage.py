"""Which report follows on which: a supplement, an update and a final report go where the first one went."""

from collections.abc import Iterable, Iterator, Mapping

from domain.facts import DutyKey, Stage
from domain.form import Earlier
from domain.pack import DutyRule, Pack
from domain.state import Report, State

# The packs' name for "where the first report went" (原渠道).
ORIGINAL = "original-channel"
_STAGES: Mapping[str, Stage] = {"supplement": "supplement", "update": "update", "final-report": "final"}


def recipient(state: State, report: Report) -> str:
    """Name the authority that a report goes to; by the original channel, that of the report before."""
    own = report.duties[0].authority
    before = state.reports.get(report.follows)
    return recipient(state, before) if own == ORIGINAL and before else own


def before(state: State, duties: Iterable[DutyKey], packs: Iterable[Pack]) -> dict[str, Report]:
    """Find the filed reports that a new one for these duties follows on: authority → the latest one there."""
    keys = tuple(duties)
    family = _family({key.duty for key in keys}, packs)
    wanted = {key.authority for key in keys}
    found: dict[str, Report] = {}
    for report in state.reports.values():
        if not report.filed or report.failed or not {key.duty for key in report.duties} & family:
            continue
        authority = recipient(state, report)
        if wanted & {ORIGINAL, authority}:
            found[authority] = report
    return found


def stage(state: State, key: DutyKey, packs: tuple[Pack, ...]) -> Stage:
    """Choose at which stage a report for a duty stands.

    A duty that follows on another says so itself. Otherwise the first report is initial; after it comes the
    final one once handling has ended, a supplement while fields were left to follow, else an update.
    """
    for rule in _rules(packs):
        for follow in rule.follow_ups:
            if follow.duty == key.duty and follow.kind in _STAGES:
                return _STAGES[follow.kind]
    earlier = before(state, (key,), packs).get(key.authority)
    if earlier is None:
        return "initial"
    if state.known("handling_ended_at") not in {None, "unknown"}:
        return "final"
    return "supplement" if earlier.pending or earlier.missing else "update"


def told(state: State, key: DutyKey) -> frozenset[str]:
    """Name the authorities that a report for this very duty has left for."""
    return frozenset(
        recipient(state, report)
        for report in state.reports.values()
        if key in report.duties and report.filed and not report.failed
    )


def untold(state: State, key: DutyKey, packs: Iterable[Pack]) -> dict[str, Report]:
    """Find who took the first report and has none for this duty yet: authority → the latest report there."""
    there = told(state, key)
    return {
        authority: report
        for authority, report in before(state, (key,), packs).items()
        if authority not in there
    }


def everyone_answered(state: State, key: DutyKey, packs: Iterable[Pack]) -> bool:
    """Say whether every authority that took the first report has given its receipt for this duty's."""
    if key.authority != ORIGINAL:
        return True
    answered = {
        recipient(state, report)
        for report in state.reports.values()
        if key in report.duties and report.receipt
    }
    return set(before(state, (key,), packs)) <= answered


def earlier(state: State, report: Report) -> Earlier | None:
    """Name the report that another follows on, as its paper says it."""
    found = state.reports.get(report.follows)
    if found is None:
        return None
    return Earlier(
        number=found.number, stage=found.stage, form=found.form, sha256=found.sha256, receipt=found.receipt
    )


def _rules(packs: Iterable[Pack]) -> Iterator[DutyRule]:
    return (rule for pack in packs for rule in pack.duties)


def _family(duties: set[str], packs: Iterable[Pack]) -> set[str]:
    """The duties that one story of reports answers: the first one's, and all that follow on it."""
    rules = tuple(_rules(packs))
    parents = {rule.id for rule in rules if {follow.duty for follow in rule.follow_ups} & duties} | duties
    return parents | {
        follow.duty for rule in rules if rule.id in parents for follow in rule.follow_ups if follow.duty
    }
