"""A real SQLite ledger with an incident that `domain.decide` wrote."""

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from domain import commands as c
from domain.alert import Alert, Observation
from domain.approval import content
from domain.decide import decide, hear, observe
from domain.evolve import fold
from domain.facts import IncidentOpened
from domain.ids import incident_id
from domain.organisation import Organisation
from domain.playbook import Playbook
from domain.state import State
from domain.turn import Book
from ledger.database import Database
from ledger.migrate import migrate
from ledger.store import Store
from playbooks.incident import load_playbook
from playbooks.loader import digest, load_packs
from service.place import cache_dir

PROFILE = {
    "name": "示例网络科技有限公司",
    "province": "四川",
    "operates_cii": False,
    "state_organ": False,
    "offers_public_services": True,
    "persons_processed": 5_000_000,
    "jurisdictions": ["CN"],
}


class Case:
    """One incident whose facts go straight into a ledger, as its workflow would write them."""

    def __init__(self, store: Store, incident: str, book: Book) -> None:
        self.store = store
        self.incident = incident
        self.book = book
        self.state = State(incident=incident)
        self.now = datetime.now(UTC) - timedelta(minutes=30)
        self.facts = []
        self._nonce = 0

    def _write(self, facts) -> None:
        self.store.append(self.state.stream, [fact.line() for fact in facts])
        self.facts += facts
        self.state = fold(self.incident, self.facts)

    def alert(self) -> None:
        alert = Alert(
            source="siem",
            inbox="1",
            finding="f" * 64,
            correlation="c" * 64,
            category="exfiltration",
            severity=4,
            observed_at=self.now,
            received_at=self.now,
        )
        self._write(observe(self.state, Observation(alerts=(alert,)), self.now, self.book))

    def order(self, order, *, operator="lead", reason="") -> None:
        self._nonce += 1
        envelope = c.Envelope(
            operator=operator, nonce=f"nonce-{self._nonce:04d}", issued_at=self.now, reason=reason
        )
        self._write(decide(self.state, c.Command(envelope=envelope, order=order), self.now, self.book))

    def word(self, word) -> None:
        self._write(hear(self.state, c.Heard(component="test", word=word), self.now, self.book))

    def close(self) -> None:
        """Let two persons close it."""
        self.order(c.Approve(subject="close", sha256=content(self.state, "close")), operator="second")
        self.order(c.CloseIncident(), reason="done")

    def tamper(self, file, version) -> None:
        """Change one fact behind the ledger's back."""
        with contextlib.closing(sqlite3.connect(file)) as connection:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='fact'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("UPDATE fact SET actor = 'nobody' WHERE version = ?", (version,))
            connection.commit()

    def leak(self) -> None:
        """Confirm it, and say what makes it 较大."""
        self.order(c.Triage(confirmed=True))
        self.order(
            c.RecordFacts(
                values={
                    "personal_information": "leaked",
                    "persons_affected": 1_204_331,
                    "cii_affected": False,
                }
            )
        )


@pytest.fixture(scope="session")
def law():
    return load_packs(cache=cache_dir() / "packs")


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    return load_playbook()


@pytest.fixture
def data_dir(tmp_path, monkeypatch):
    for name in ("TOCSIN_LEDGER_URL", "TOCSIN_CONFIG", "TOCSIN_OPERATOR", "TOCSIN_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TOCSIN_TIMEZONE", "Asia/Shanghai")
    monkeypatch.setenv("COLUMNS", "240")
    return tmp_path


@pytest.fixture
def store(data_dir):
    url = f"sqlite:///{data_dir / 'ledger.db'}"
    migrate(url)
    database = Database(url)
    yield Store(database)
    database.close()


@pytest.fixture
def case(store, law, playbook):
    incident = incident_id(b"k" * 32, "siem\n1")
    book = Book(
        opening=IncidentOpened(
            incident=incident,
            correlation="c" * 64,
            severity=4,
            category="exfiltration",
            organisation=Organisation.read(PROFILE),
            playbook=playbook.id,
            playbook_digest=playbook.digest,
            packs_digest=digest(*law),
        ),
        packs=law,
        playbook=playbook,
    )
    found = Case(store, incident, book)
    found.alert()
    return found
