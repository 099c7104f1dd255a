"""The incident: the single writer of its stream. Commands come in, facts go out, acts are performed."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.record import Append, Record
from domain import commands as c
from domain import law_effect
from domain.alert import Observation
from domain.decide import decide, hear, observe
from domain.effects import Effect, outstanding
from domain.evolve import evolve
from domain.fact import Fact
from domain.pack import Pack
from domain.refusal import Refused
from domain.rules_adopt import adopted
from domain.state import State
from domain.turn import Book
from workflows import options
from workflows.board import board, published
from workflows.opening import MOVING, Opening, Preview, Receipt
from workflows.performing import perform
from workflows.siblings import Siblings


@workflow.defn(name="Incident")
class Incident:
    """One incident from its first alert to its close."""

    @workflow.init
    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._book = opening.book
        self._state = opening.state or State(incident=opening.incident)
        self._words: deque[c.Heard] = deque()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._siblings = Siblings(opening)
        # Between a decision and its fold lies the ledger's answer; without this lock a second
        # handler would decide on a state that is about to change.
        self._turn = asyncio.Lock()

    @workflow.run
    async def run(self, opening: Opening) -> int:
        """Carry the incident until it is closed; return its stream's version."""
        while True:
            await workflow.wait_condition(self._has_work)
            if self._may_go():
                # From here to the end nothing is waited for: a word that came meanwhile would be lost.
                break
            await self._take_words()
            self._begin_acts()
            await self._steer_siblings()
        if not self._ended():
            going_on = {"state": self._state, "book": self._book}
            workflow.continue_as_new(opening.model_copy(update=going_on))
        return self._state.version

    @workflow.update
    async def observe(self, observation: Observation) -> Receipt:
        """Take findings in; the first ones open the incident."""
        return await self._commit(lambda now: observe(self._state, observation, now, self._book))

    @observe.validator
    def _may_observe(self, observation: Observation) -> None:  # noqa: ARG002 - a validator takes what the update does
        self._let_in()

    @workflow.update
    async def advance(self, command: c.Command) -> Receipt:
        """Do what an operator commands, or refuse with a sentence and the rule's code."""
        return await self._commit(
            lambda now: decide(self._state, command, now, self._book),
            after=lambda: adopted(self._book, command.order),
        )

    @advance.validator
    def _may_advance(self, command: c.Command) -> None:
        # A refusal here costs no event. While facts are on their way to the ledger, whoever reads it may
        # know them already and this state does not: then the handler decides, behind them.
        self._let_in()
        if self._state.version and not self._turn.locked():
            _deciding(lambda: decide(self._state, command, self._now(), self._book))

    @workflow.signal
    def hear(self, heard: c.Heard) -> None:
        """Take a word from a clock, a campaign or a referral."""
        self._words.append(heard)

    @workflow.query
    def state(self) -> State:
        """Show where the incident stands."""
        return self._state

    @workflow.query
    def preview(self, command: c.Command) -> Preview:
        """Say what a command would do, by this incident's own law and state; nothing happens."""
        at = command.envelope.issued_at + self._state.offset
        try:
            facts = decide(self._state, command, at, self._book)
        except Refused as refused:
            return Preview(version=self._state.version, code=refused.code, sentence=refused.sentence)
        return Preview(version=self._state.version, lines=tuple(fact.line() for fact in facts))

    @workflow.query
    def consider(self, packs: tuple[Pack, ...]) -> law_effect.Effect:
        """Say what other law packs would change for this incident; nothing happens."""
        at = self._now()
        organisation = self._book.opening.organisation
        before, after = (
            law_effect.read_by(law, organisation, self._state, at) for law in (self._book.packs, packs)
        )
        return law_effect.effect(before, after)

    def _now(self) -> datetime:
        return workflow.now() + self._state.offset

    async def _commit(
        self, deciding: Callable[[datetime], tuple[Fact, ...]], after: Callable[[], Book] | None = None
    ) -> Receipt:
        async with self._turn:
            facts = _deciding(lambda: deciding(self._now()))
            if not facts:
                return Receipt(version=self._state.version, lines=())
            lines = tuple(fact.line() for fact in facts)
            await workflow.execute_activity_method(
                Record.append,
                Append(stream=self._state.stream, lines=lines),
                summary=f"{len(lines)} facts from version {lines[0].version}",
                **options.APPEND,
            )
            for fact in facts:
                self._state = evolve(self._state, fact)
            self._book = after() if after else self._book
            workflow.upsert_search_attributes(published(self._state))
            workflow.set_current_details(board(self._state))
            return Receipt(version=self._state.version, lines=lines)

    async def _hear(self, heard: c.Heard) -> None:
        """Commit a word; the ledger refusing it for good must not end a live incident."""
        while True:
            try:
                await self._commit(lambda now: hear(self._state, heard, now, self._book))
            except (ActivityError, ApplicationError) as fault:
                workflow.logger.error("a word could not be recorded: %s", type(fault).__name__)
                await workflow.sleep(timedelta(minutes=1), summary="the ledger refused a fact")
            else:
                return

    async def _take_words(self) -> None:
        while self._words:
            await self._hear(self._words.popleft())

    def _begin_acts(self) -> None:
        if self._leaving():
            return
        for effect in outstanding(self._state, self._book.of(self._state)):
            if effect.key not in self._busy:
                self._busy[effect.key] = asyncio.create_task(self._act(effect))

    async def _act(self, effect: Effect) -> None:
        word = await perform(effect, self._state, self._book.of(self._state), self._now())
        await self._hear(c.Heard(component=effect.kind, word=word))
        del self._busy[effect.key]

    async def _steer_siblings(self) -> None:
        for word in await self._siblings.steer(self._state):
            await self._hear(c.Heard(component="clock", word=word))

    def _ended(self) -> bool:
        return self._state.phase == "closed"

    def _quiet(self) -> bool:
        return not self._busy and not self._words and not self._siblings.behind(self._state)

    def _may_go(self) -> bool:
        over = self._ended() or self._leaving()
        return over and self._quiet() and workflow.all_handlers_finished()

    def _leaving(self) -> bool:
        limit = self._opening.history_limit
        info = workflow.info()
        return info.is_continue_as_new_suggested() or (
            limit is not None and info.get_current_history_length() >= limit
        )

    def _let_in(self) -> None:
        """Turn a command away while the run waits only for earlier ones, and then leaves.

        One after the other would keep it until Temporal ends it for its length. An idle run takes one more:
        turning away leaves no event, and without one the run does not look whether it may go.
        """
        waits = self._turn.locked() or not self._quiet()
        if self._leaving() and not self._busy and waits:
            raise ApplicationError(
                "The incident goes on in a new run; nothing was written: say it again.",
                type=MOVING,
                non_retryable=True,
            )

    def _has_work(self) -> bool:
        if self._words or self._siblings.behind(self._state):
            return True
        if self._leaving() or self._ended():
            return self._may_go()
        return any(
            effect.key not in self._busy for effect in outstanding(self._state, self._book.of(self._state))
        )


def _deciding(decision: Callable[[], tuple[Fact, ...]]) -> tuple[Fact, ...]:
    """Decide; a plain exception out of a handler would fail the workflow task for ever."""
    try:
        return decision()
    except Refused as refused:
        raise ApplicationError(refused.sentence, type=refused.code, non_retryable=True) from refused
