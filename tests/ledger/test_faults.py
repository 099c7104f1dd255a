"""Whatever the database cannot do is said in one sentence with a code, and nothing is half-written."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from ledger import database as database_module
from ledger.database import Database, default_url
from ledger.errors import LedgerUnavailable
from ledger.faults import fault
from ledger.memory import Memory
from ledger.migrate import migrate
from ledger.store import Store
from tests.ledger.samples import step, steps

STREAM = "incident/I-AAAAAAAAAAAA"


@pytest.fixture
def file(tmp_path) -> str:
    url = default_url(tmp_path)
    migrate(url)
    return url


def refused(url: str) -> LedgerUnavailable:
    with pytest.raises(LedgerUnavailable) as caught:
        Database(url)
    assert "\n" not in caught.value.sentence
    return caught.value


def test_a_missing_directory_is_named(tmp_path):
    answer = refused(default_url(tmp_path / "nowhere"))
    assert answer.code == "cannot_open"
    assert str(tmp_path / "nowhere" / "ledger.db") in answer.sentence


@contextmanager
def without_roots_rights() -> Iterator[None]:
    """Ask as somebody else what may be written, since root may write everything."""
    root = os.geteuid() == 0
    if root:
        os.setresuid(65534, -1, -1)
    try:
        yield
    finally:
        if root:
            os.setresuid(0, -1, -1)


@pytest.mark.parametrize("what", ["directory", "file"])
def test_a_read_only_place_is_named(tmp_path, what):
    migrate(default_url(tmp_path))
    place = {"directory": tmp_path, "file": tmp_path / "ledger.db"}[what]
    mode = place.stat().st_mode
    place.chmod(mode & 0o555)
    try:
        with without_roots_rights():
            answer = refused(default_url(tmp_path))
    finally:
        place.chmod(mode)
    assert answer.code == "read_only"
    assert "give this user the right to write" in answer.sentence


def test_a_copy_that_may_only_be_read_can_be_verified(file, tmp_path):
    database = Database(file)
    Store(database).append(STREAM, steps(STREAM, 1, 3))
    beside = Database(file, writes=False)
    assert Store(beside).verify().facts == 3
    beside.close()
    database.close()
    copy = tmp_path / "evidence 1%"
    copy.mkdir()
    shutil.copy(tmp_path / "ledger.db", copy)
    (copy / "ledger.db").chmod(0o444)
    copy.chmod(0o555)
    readonly = Database(default_url(copy), writes=False)
    assert Store(readonly).verify().facts == 3
    with pytest.raises(LedgerUnavailable) as caught:
        Store(readonly).append(STREAM, steps(STREAM, 4, 4))
    assert caught.value.code == "read_only"
    readonly.close()
    assert [each.name for each in copy.iterdir()] == ["ledger.db"]
    copy.chmod(0o755)
    with pytest.raises(LedgerUnavailable, match="nowhere"):
        Database(default_url(tmp_path / "nowhere"), writes=False)
    with pytest.raises(LedgerUnavailable):
        Database(default_url(tmp_path) + "x", writes=False)


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "ledger.db").write_bytes(b"not a database, and long enough to be looked at" * 100)
    assert refused(default_url(tmp_path)).code == "corrupt"


def test_a_server_that_is_not_there_is_named_without_its_password():
    answer = refused("postgresql+psycopg://tocsin:secret@127.0.0.1:1/ledger")
    assert answer.code == "unreachable"
    assert "127.0.0.1" in answer.sentence
    assert "secret" not in answer.sentence


def test_a_database_that_is_not_there_is_named(postgres):
    assert (
        refused(postgres.set(database="nowhere").render_as_string(hide_password=False)).code == "unreachable"
    )


def test_a_ledger_without_its_tables_is_named(url, key):
    with pytest.raises(LedgerUnavailable) as caught:
        Memory(url, key)
    assert caught.value.code == "not_migrated"


def test_a_full_disk_is_named_and_nothing_is_half_written(file, key):
    memory = Memory(file, key)
    memory.ledger.append(STREAM, steps(STREAM, 1, 10))
    with memory.database.engine.connect() as connection:
        # The pool hands this one connection out again; its file may not grow any more.
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LedgerUnavailable) as caught:
        memory.ledger.append(STREAM, steps(STREAM, 11, 2000))
    assert caught.value.code == "disk_full"
    assert memory.ledger.head(STREAM).version == 10
    assert memory.views.incident("I-AAAAAAAAAAAA").version == 10
    with memory.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    memory.ledger.append(STREAM, steps(STREAM, 11, 2000))
    assert memory.ledger.verify().facts == 2000
    memory.close()


def test_another_process_that_holds_the_ledger_is_named(file, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_MS", 50)
    database = Database(file)
    holder = sqlite3.connect(make_url(file).database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerUnavailable) as caught, database.writing():
        pass
    assert caught.value.code == "locked"
    holder.close()
    database.close()


def test_a_pool_that_is_used_up_is_named(file, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_MS", 50)
    database = Database(file)
    held = [database.engine.connect() for _ in range(32)]
    with pytest.raises(LedgerUnavailable) as caught, database.reading():
        pass
    assert caught.value.code == "locked"
    for each in held:
        each.close()
    database.close()


def test_a_committed_fact_survives_sigkill(file):
    script = (
        "import os, sys, signal\n"
        "from ledger.database import Database\n"
        "from ledger.store import Store\n"
        "from tests.ledger.samples import step\n"
        "store = Store(Database(sys.argv[1]))\n"
        "for version in range(1, 6):\n"
        "    store.append('incident/I-K', [step('incident/I-K', version)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, file], check=False)
    assert done.returncode == -9
    database = Database(file)
    with database.reading() as connection:
        assert connection.execute(text("SELECT max(version) FROM fact")).scalar_one() == 5
    database.close()


def test_our_own_mistakes_stay_what_they_are(memory):
    with pytest.raises(DBAPIError), memory.database.writing() as connection:
        connection.exec_driver_sql("SELECT nonsense(")
    memory.ledger.append(STREAM, [step(STREAM, 1)])


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "disk_full"),
        ("28P01", "denied"),
        ("57P01", "unreachable"),
        ("40001", "locked"),
        ("22012", None),
    ],
)
def test_sqlstates_have_codes(state, code):
    cause = psycopg.errors.lookup(state)("x")
    answer = fault(ProgrammingError("SELECT", {}, cause), make_url("postgresql+psycopg://h/d"))
    assert (answer.code if answer else None) == code
