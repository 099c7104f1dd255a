"""The operator's hand on one incident: reads its record, gives orders, says what they did."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import typer

from cli.giving import Giving
from cli.look import Look
from cli.output import as_json, write, write_json, write_table
from cli.stop import Exit, Stop
from cli.telling import difference, fact_json, told, worth_telling
from cli.times import zone_of
from domain.commands import Order
from domain.evolve import evolve, fold
from domain.fact import Fact, read
from domain.model import Happened
from domain.state import State
from service.place import place
from service.reading import Reading
from service.record import Record

if TYPE_CHECKING:
    from workflows.opening import Preview

POLL_S: Final = 0.1


class Outcome(NamedTuple):
    """What became of an act that an order started; `plan` is a notification's, for a program."""

    ok: bool
    said: str
    plan: object = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """An act that goes on after its order was taken: what it is, and where its outcome shows.

    `running` says that it may take its time: no outcome within the patience is then no failure.
    """

    what: str
    outcome: Callable[[State], Outcome | None]
    running: bool = False


class Hand:
    """Gives orders to one incident.

    Raises:
        DeskError: `desk.no_incident`, before anything else is asked.

    """

    def __init__(self, giving: Giving, incident: str) -> None:
        self.giving = giving
        self.place = place()
        self.zone = zone_of(self.place.timezone)
        self.record = Record(Reading(self.place), incident)

    @property
    def state(self) -> State:
        """Where the incident stands, as far as it was read."""
        return self.record.state

    @property
    def now(self) -> datetime:
        """The incident's own time."""
        return self.record.now

    def order(
        self,
        order: Order,
        awaited: Callable[[State], Awaited | None] | None = None,
        look: Look | None = None,
    ) -> None:
        """Give an order, say what it did, and wait for the outcome of what it started.

        Args:
            order: what is wanted.
            awaited: says, once the order is taken, what to wait for, if anything.
            look: shows what the order would do before it is given.

        Raises:
            Refused: a rule does not allow it; nothing was written.
            Stop: the act that it started failed (exit code 1), or has no outcome yet (exit code 4).

        """
        from service.handing import Given, hand_in  # noqa: PLC0415 - who only reads needs no Temporal client

        giving = self.giving
        given = Given(
            incident=self.state.incident,
            order=order,
            operator=giving.operator,
            reason=giving.reason,
            seen_version=giving.seen,
            nonce=giving.nonce,
        )
        agreed: list[list[Happened]] = []
        receipt = hand_in(given, None if look is None else lambda seen: self._agree(look, seen, agreed))
        if receipt is None:
            return
        facts = [read(line) for line in receipt.lines]
        self.record.refresh()
        changed = self._difference(facts)
        waiting = awaited(self.state) if awaited and giving.wait else None
        quiet = as_json(giving.output)
        if not quiet and look and facts:
            write(f"Recorded: {self.state.incident} is at version {facts[-1].version}.")
        elif not quiet:
            self._tell(facts, changed)
        outcome, later = self._wait(waiting, quiet=quiet) if waiting else (None, [])
        if quiet:
            self._tell_program([*facts, *later], changed, waiting, outcome)
        if waiting and waiting.running and outcome is None and not quiet:
            write(f"{waiting.what} goes on; see tocsin incident show {self.state.incident}")
        if waiting and outcome is None and not waiting.running:
            raise Stop(
                "cli.pending",
                f"{waiting.what} has no outcome after {giving.wait:g} s; see tocsin incident show "
                f"{self.state.incident}.",
                Exit.UNREACHABLE,
            )
        if outcome and not outcome.ok:
            raise Stop("cli.act_failed", outcome.said, Exit.REFUSED)

    def _agree(self, look: Look, preview: "Preview", agreed: list[list[Happened]]) -> bool:
        """Show what an order would do; say whether it is to be done.

        Raises:
            Stop: `cli.declined`.

        """
        self.record.refresh()
        facts = [read(line) for line in preview.lines]
        done = [fact.body for fact in facts[1:]]
        if done in agreed:
            # The incident moved on, but not in anything that this order does.
            return True
        agreed.append(done)
        before = fold(self.state.incident, self.record.facts[: preview.version])
        after = before
        for fact in facts:
            after = evolve(after, fact)
        changed = difference(before, after)
        said = changed or "No duty and no level changes."
        quiet = as_json(self.giving.output)
        if quiet and look.dry_run:
            self._tell_program(facts, changed, None, None, version=before.version)
        elif quiet:
            typer.echo(said, err=True)
        else:
            self._tell(facts, said)
        if look.dry_run:
            if not quiet:
                write("Nothing was recorded: this was --dry-run.")
            return False
        asked = sys.stdin.isatty() and sys.stdout.isatty() and not look.yes
        if asked and not typer.confirm("Record this?", err=True):
            raise Stop("cli.declined", "Nothing was recorded.", Exit.REFUSED)
        return True

    def _wait(self, waiting: Awaited, *, quiet: bool) -> tuple[Outcome | None, list[Fact]]:
        later: list[Fact] = []
        until = time.monotonic() + self.giving.wait
        while (outcome := waiting.outcome(self.state)) is None and time.monotonic() < until:
            time.sleep(POLL_S)
            fresh = self.record.refresh()
            later += fresh
            if fresh and not quiet:
                self._tell(fresh, "")
        if outcome and outcome.ok and not quiet:
            write(outcome.said)
        return outcome, later

    def _difference(self, facts: Sequence[Fact]) -> str:
        if not facts:
            return ""
        first, last = facts[0].version, facts[-1].version
        before = fold(self.state.incident, self.record.facts[: first - 1])
        return difference(before, fold(self.state.incident, self.record.facts[:last]))

    def _tell(self, facts: Sequence[Fact], changed: str) -> None:
        if not facts:
            write("Nothing changed: this was done before.")
            return
        shown, rest = worth_telling(facts)
        rows = [(str(f.version), type(f.body).__name__, told(f, self.zone)) for f in shown]
        if rows:
            write_table((), rows)
        for said in (rest, changed):
            if said:
                write(said)

    def _tell_program(
        self,
        facts: Sequence[Fact],
        changed: str,
        waiting: Awaited | None,
        outcome: Outcome | None,
        *,
        version: int | None = None,
    ) -> None:
        write_json(
            {
                "incident": self.state.incident,
                "version": self.state.version if version is None else version,
                "difference": changed,
                "facts": [fact_json(fact) for fact in facts],
                "awaited": waiting.what if waiting else None,
                "outcome": _outcome(outcome),
            }
        )


def _outcome(outcome: Outcome | None) -> dict[str, object] | None:
    if outcome is None:
        return None
    return {name: value for name, value in outcome._asdict().items() if name != "plan" or value is not None}
