"""Group commit: what several threads want written at once shares one durable transaction."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ledger.database import Database
from ledger.errors import LedgerError

T = TypeVar("T")
MOST = 256


class _Ticket:
    """One caller's piece of work and what became of it."""

    __slots__ = ("alone", "answer", "leads", "refusal", "turn", "work")

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.turn = threading.Event()
        self.leads = False
        self.alone = True
        self.answer: Any = None
        self.refusal: LedgerError | None = None


class Writer:
    """Runs pieces of work against one database; each caller returns once its own work is durable.

    There is no thread of its own: the first caller leads, those who come while it commits go
    together next. A piece of work must raise `LedgerError` before it writes anything. When a group
    fails for any other reason it is rolled back whole and each caller tries alone, so nobody gets
    another's error.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._guard = threading.Lock()
        self._waiting: list[_Ticket] = []
        self._led = False

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do the work in a durable transaction, perhaps together with others'."""
        ticket = _Ticket(work)
        with self._guard:
            if self._led:
                self._waiting.append(ticket)
            else:
                self._led = ticket.leads = True
        if not ticket.leads:
            ticket.turn.wait()
        if ticket.leads:
            self._lead(ticket)
        if ticket.alone:
            with self.database.writing() as connection:
                ticket.answer = work(connection)
        if ticket.refusal is not None:
            raise ticket.refusal
        answer: T = ticket.answer
        return answer

    def apart(self, work: Callable[[Connection], T]) -> T:
        """Do a large piece of work in a durable transaction, beside the others' where the database can."""
        if self.database.sqlite:
            return self.run(work)
        with self.database.writing() as connection:
            return work(connection)

    def _lead(self, first: _Ticket) -> None:
        with self._guard:
            group = [first, *self._waiting[: MOST - 1]]
            self._waiting = self._waiting[MOST - 1 :]
        try:
            if len(group) > 1:
                self._together(group)
            else:
                self._commit(group)
        finally:
            self._hand_over(group)

    def _together(self, group: list[_Ticket]) -> None:
        try:
            self._commit(group)
        except (LedgerError, SQLAlchemyError, ValueError, TypeError, LookupError):
            # Somebody's work, or the commit itself, failed: every caller finds out alone.
            return

    def _commit(self, group: list[_Ticket]) -> None:
        with self.database.writing() as connection:
            for ticket in group:
                try:
                    ticket.answer = ticket.work(connection)
                except LedgerError as refusal:
                    ticket.refusal = refusal
        for ticket in group:
            ticket.alone = False

    def _hand_over(self, group: list[_Ticket]) -> None:
        with self._guard:
            if self._waiting:
                heir = self._waiting.pop(0)
                heir.leads = True
                heir.turn.set()
            else:
                self._led = False
        for ticket in group:
            if ticket.alone:
                ticket.refusal = None
            ticket.turn.set()
