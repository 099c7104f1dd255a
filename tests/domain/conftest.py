"""An incident to put through its rules: real law, the playbook that comes with Tocsin, an organisation."""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from domain import commands as c
from domain import facts as f
from domain.alert import Alert, Observation
from domain.approval import content, extension_subject
from domain.decide import decide, hear, observe
from domain.evolve import evolve, fold
from domain.fact import read
from domain.organisation import Organisation
from domain.refusal import Refused
from domain.state import State
from domain.turn import Book
from playbooks.incident import load_playbook
from playbooks.loader import load_packs

NAME = "I-AAAAAAAAAAAA"
LEAK = {
    "persons_affected": 1_204_331,
    "personal_information": "leaked",
    "cii_affected": False,
    "harms_individuals": True,
    "crime_suspected": True,
}


class Case:
    """One incident and the shortest words for what is done to it."""

    def __init__(self, book):
        self.book = book
        self.state = State(incident=NAME)
        self.now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
        self.history = []
        self._nonces = count(1)

    def take(self, facts):
        for fact in facts:
            assert read(fact.line()) == fact
            self.state = evolve(self.state, fact)
        self.history += facts
        assert fold(NAME, self.history) == self.state
        return [type(fact.body).__name__ for fact in facts]

    def alert(self, **changes):
        given = {
            "source": "siem",
            "inbox": "1",
            "finding": "a",
            "correlation": "c",
            "severity": 3,
            "observed_at": self.now,
            "received_at": self.now,
        }
        return Alert(**{**given, **changes})

    def observe(self, *alerts):
        return self.take(observe(self.state, Observation(alerts=alerts), self.now, self.book))

    def command(self, order, who="ana", why="because", **envelope):
        given = {
            "operator": who,
            "nonce": f"nonce-{next(self._nonces):05}",
            "issued_at": self.now,
            "reason": why,
        }
        return c.Command(envelope=c.Envelope(**{**given, **envelope}), order=order)

    def do(self, order, who="ana", why="because", **envelope):
        return self.take(decide(self.state, self.command(order, who, why, **envelope), self.now, self.book))[
            1:
        ]

    def no(self, order, who="ana", why="because", **envelope):
        """Give an order that must be refused; return the code."""
        before = self.state
        with pytest.raises(Refused) as refused:
            self.do(order, who, why, **envelope)
        assert str(refused.value) == refused.value.sentence
        assert self.state == before
        return refused.value.code

    def hear(self, word):
        took = self.take(hear(self.state, c.Heard(component="part", word=word), self.now, self.book))
        again = hear(self.state, c.Heard(component="part", word=word), self.now, self.book)
        assert again == (), "a repeated word changes nothing"
        return took

    def agree(self, subject, who="ben"):
        return self.do(c.Approve(subject=subject, sha256=content(self.state, subject)), who)

    def extend(self, key, due_at):
        """Move a deadline, as two persons."""
        self.agree(extension_subject(key, due_at))
        return self.do(c.ExtendDuty(duty=key, due_at=due_at))

    def know(self, **values):
        return self.do(c.RecordFacts(values=values, basis="seen"))

    def later(self, **length):
        self.now += timedelta(**length)

    def duty(self, name, n=1):
        """The n-th opening of the only duty whose key begins so."""
        (found,) = [d for key, d in self.state.duties.items() if key.startswith(name) and d.key.n == n]
        return found

    def open(self, by):
        return tuple(d.key for d in self.state.duties.values() if d.by == by and not d.settled)

    def withdraw(self, *keys):
        for key in keys:
            self.agree(f"withdraw/{key}")
        return self.do(c.WithdrawDuties(duties=keys))

    def report(self, *keys, filed="portal"):
        self.do(c.DraftReport(form="ncirm-7", duties=keys))
        number = len(self.state.reports)
        self.hear(c.ReportWord(report=number, sha256=f"{number:064}"))
        self.agree(f"report/{number}")
        if filed:
            self.do(c.FileReport(report=number, channel=filed))
        return number

    def receipt(self, number, **changes):
        given = {"report": number, "number": "R-1", "received_at": self.now, "channel": "portal"}
        return c.RecordReceipt(**{**given, **changes})


@pytest.fixture(scope="session")
def book():
    playbook = load_playbook(Path("playbooks/incident/data-leak.yaml"))
    opening = f.IncidentOpened(
        incident=NAME,
        correlation="c",
        severity=3,
        category="exfiltration",
        drill=True,
        organisation=Organisation.read(
            {"name": "某公司", "province": "浙江", "operates_cii": False, "state_organ": False}
        ),
        playbook=playbook.id,
        playbook_digest=playbook.digest,
        packs_digest="0" * 64,
    )
    return Book(opening=opening, packs=load_packs(Path("playbooks/law")), playbook=playbook)


@pytest.fixture(scope="session")
def new_case(book):
    """Make a case in which nothing has happened yet."""
    return lambda: Case(book)


@pytest.fixture
def blank(new_case):
    """Nothing has happened yet."""
    return new_case()


@pytest.fixture
def opened(blank):
    """The first alert came in."""
    blank.observe(blank.alert())
    return blank


@pytest.fixture
def leak(opened):
    """A leak, confirmed; the plan is in force."""
    opened.do(c.Triage(confirmed=True))
    opened.know(**LEAK)
    opened.do(c.ActivatePlan())
    return opened
