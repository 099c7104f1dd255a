"""The operator's hand on one incident: reads its record, gives orders, says what they did."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from cli.giving import Giving
from cli.output import as_json, write, write_json, write_table
from cli.stop import Exit, Stop
from cli.telling import difference, fact_json, told, worth_telling
from cli.times import zone_of
from domain.commands import Order
from domain.evolve import fold
from domain.fact import Fact, read
from domain.state import State
from service.place import place
from service.reading import Reading
from service.record import Record

POLL_S: Final = 0.1


class Outcome(NamedTuple):
    """What became of an act that an order started."""

    ok: bool
    said: str


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

    def order(self, order: Order, awaited: Callable[[State], Awaited | None] | None = None) -> None:
        """Give an order, say what it did, and wait for the outcome of what it started.

        Args:
            order: what is wanted.
            awaited: says, once the order is taken, what to wait for, if anything.

        Raises:
            Refused: a rule does not allow it; nothing was written.
            Stop: the act that it started failed (exit code 1), or has no outcome yet (exit code 4).

        """
        from service.handing import hand_in  # noqa: PLC0415 - who only reads needs no Temporal client

        giving = self.giving
        receipt = hand_in(
            self.state.incident,
            order,
            operator=giving.operator,
            reason=giving.reason,
            seen_version=giving.seen,
            nonce=giving.nonce,
        )
        facts = [read(line) for line in receipt.lines]
        self.record.refresh()
        changed = self._difference(facts)
        waiting = awaited(self.state) if awaited and giving.wait else None
        quiet = as_json(giving.output)
        if not quiet:
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
        self, facts: Sequence[Fact], changed: str, waiting: Awaited | None, outcome: Outcome | None
    ) -> None:
        write_json(
            {
                "incident": self.state.incident,
                "version": self.state.version,
                "difference": changed,
                "facts": [fact_json(fact) for fact in facts],
                "awaited": waiting.what if waiting else None,
                "outcome": outcome._asdict() if outcome else None,
            }
        )
