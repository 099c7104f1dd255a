"""Which reports an order draws up: what is owed, to whom, at which stage, following on which report."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cli.duty_keys import duty_of
from cli.stop import Exit, Stop, usage
from domain.facts import DutyKey, Stage
from domain.lineage import ORIGINAL, before, recipient, stage, told, untold
from domain.pack import Pack
from domain.state import Duty, State


@dataclass(frozen=True, slots=True)
class Planned:
    """One report to be drawn up; `follows` is 0 for one that follows on none."""

    authority: str
    stage: Stage
    form: str
    follows: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed of a report; what is empty is chosen by the state and the law."""

    duties: tuple[str, ...] = ()
    authority: str = ""
    stage: Stage | None = None
    follows: int = 0


def waiting(state: State, packs: tuple[Pack, ...]) -> list[Duty]:
    """Find the duties that are owed a report which is not on its way."""
    return [
        duty
        for duty in state.duties.values()
        if duty.by == "report"
        and duty.status == "open"
        and duty.terms.answer == "owed"
        and not duty.terms.waiting_on
        and not _away(state, duty.key, packs)
    ]


def steps(state: State, asked: Asked, packs: tuple[Pack, ...]) -> Iterator[tuple[DutyKey, str, Stage, int]]:
    """Say for each duty where its report goes, at which stage, and which report it follows on.

    Raises:
        Stop: a duty that is named is not there, or nothing is owed.

    """
    wanted = [_named(state, text, asked.stage) for text in asked.duties] or waiting(state, packs)
    for duty in wanted:
        at = asked.stage or stage(state, duty.key, packs)
        found = before(state, (duty.key,), packs) if at != "initial" else {}
        if found and not (duty.settled or asked.authority):
            # Where the first report went to several, those who have theirs are not told the same again.
            found = untold(state, duty.key, packs) or found
        numbers = {authority: report.number for authority, report in found.items()}
        if asked.follows:
            one = state.reports.get(asked.follows)
            if one is None:
                raise Stop(
                    "unknown_report", f"{state.incident} has no report {asked.follows}.", Exit.NOT_FOUND
                )
            numbers = {recipient(state, one): asked.follows}
        for authority, follows in (numbers or {duty.key.authority: 0}).items():
            if asked.authority in {"", authority, duty.key.authority}:
                yield duty.key, authority, at, follows


def one_authority(plans: Iterable[Planned]) -> None:
    """See that one report to one authority is meant.

    Raises:
        Stop: several authorities are.

    """
    authorities = sorted({plan.authority for plan in plans})
    if len(authorities) > 1:
        raise usage(
            f"Reports are owed to {', '.join(authorities)}: say --authority, name duties of one of them, "
            "or say --all-authorities."
        )


def _away(state: State, key: DutyKey, packs: tuple[Pack, ...]) -> bool:
    """Say whether a report has left for everybody whom the duty's report goes to."""
    return bool(told(state, key)) and (key.authority != ORIGINAL or not untold(state, key, packs))


def _named(state: State, text: str, at: Stage | None) -> Duty:
    met = [
        duty
        for key, duty in state.duties.items()
        if duty.by == "report" and duty.status in {"met", "met_late"} and f"{key}/".startswith(f"{text}/")
    ]
    # What was reported may be followed up, when that is what is asked for.
    if at not in {None, "initial"} and len(met) == 1:
        return met[0]
    return duty_of(state, text)
