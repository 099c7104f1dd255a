"""Whoever changes a row is named, by our walk and by a verifier written from docs/ledger.md alone."""

import hashlib
import json
import sqlite3
import uuid

import pytest
from sqlalchemy import text

from domain.line import Line
from ledger.database import Database, default_url
from ledger.migrate import migrate
from ledger.port import BadFact
from ledger.store import Store
from tests.ledger.samples import NOW, steps

FIRST, STREAM = "incident/I-AAAAAAAAAAAA", "incident/I-BBBBBBBBBBBB"


def tamper(memory, statement: str) -> None:
    """Do what someone with the owner's rights can do: drop the guard, change a row, put the guard back."""
    with memory.database.writing() as connection:
        if memory.database.sqlite:
            connection.execute(text("DROP TRIGGER fact_no_update"))
            connection.execute(text("DROP TRIGGER fact_no_delete"))
        else:
            connection.execute(text("ALTER TABLE fact DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE fact SET actor = 'mallory'", "bad hash"),
        ("UPDATE fact SET type = 'StepUndone'", "bad hash"),
        ("UPDATE fact SET schema = 2", "bad hash"),
        ("UPDATE fact SET body = '{}'", "bad hash"),
        ("UPDATE fact SET at = '2026-11-23T03:00:00.000001Z'", "bad hash"),
        ("UPDATE fact SET at = '2026-11-23T03:00:00Z'", "bad instant"),
        ("UPDATE fact SET at = 'yesterday'", "bad line"),
        ("UPDATE fact SET schema = 0", "bad line"),
        ("UPDATE fact SET hash = replace(hash, substr(hash, 1, 1), 'x')", "bad hash"),
        ("UPDATE fact SET prev = hash", "bad prev"),
        ("UPDATE fact SET fact_id = '00000000-0000-0000-0000-000000000000'", "wrong fact_id"),
        ("UPDATE fact SET version = 9", "gap: version 2 is missing"),
        ("DELETE FROM fact", "gap: version 2 is missing"),
    ],
)
def test_the_first_bad_row_is_named(memory, change, what):
    memory.ledger.append(FIRST, steps(FIRST, 1, 2))
    memory.ledger.append(STREAM, steps(STREAM, 1, 3))
    assert memory.ledger.verify().ok
    tamper(memory, f"{change} WHERE stream = '{STREAM}' AND version = 2")
    verification = memory.ledger.verify()
    assert not verification.ok
    assert verification.first_bad.stream == STREAM
    assert verification.first_bad.what.startswith(what)
    assert verification.facts == 3
    if memory.database.sqlite:
        assert stranger(memory.database.url.database).startswith(STREAM)


@pytest.mark.parametrize("body", ['{"b": 1}', '{"b":1,"a":2}', '{"a":1.5}', "not json", '{"a":1,"a":1}'])
def test_a_body_that_is_not_canonical_is_named(memory, body):
    line = Line(stream=STREAM, version=1, type="FromElsewhere", at=NOW, actor="system:x", body=body)
    memory.ledger.append(STREAM, [line])
    bad = memory.ledger.verify().first_bad
    assert bad == BadFact(STREAM, 1, "body not canonical: its JSON is not in the one form")


def test_an_empty_ledger_verifies(memory):
    verification = memory.ledger.verify()
    assert (verification.ok, verification.facts, verification.streams) == (True, 0, 0)


def test_a_stranger_verifies_from_the_page_alone(tmp_path):
    migrate(default_url(tmp_path))
    database = Database(default_url(tmp_path))
    Store(database).append(FIRST, steps(FIRST, 1, 50))
    Store(database).append(STREAM, [*steps(STREAM, 1, 1), line_with_chinese(2)])
    database.close()
    assert stranger(str(tmp_path / "ledger.db")) == "52 facts in 2 streams verify"


def line_with_chinese(version: int) -> Line:
    body = json.dumps({"note": "警钟"}, ensure_ascii=False, separators=(",", ":"))
    return Line(stream=STREAM, version=version, type="FromElsewhere", at=NOW, actor="system:x", body=body)


# --- what follows was written from docs/ledger.md and imports nothing of ours ---


def stranger(file: str) -> str:
    namespace = uuid.UUID("5f0e7c1c-8f0e-5d53-9a55-6b1f1d0c7d01")
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    rows = database.execute(
        "SELECT stream, version, type, schema, at, actor, body, prev, hash, fact_id"
        " FROM fact ORDER BY stream, version"
    )
    heads: dict[str, tuple[int, str]] = {}
    facts, complaint = 0, ""
    for stream, version, *rest, body, prev, hashed, fact_id in rows:
        before, last = heads.get(stream, (0, "0" * 64))
        text = "\n".join([prev, stream, str(version), *map(str, rest), body])
        form = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        for right, what in (
            (version == before + 1, "a version is missing"),
            (prev == last, "prev is not the hash before"),
            (hashlib.sha256(text.encode()).hexdigest() == hashed, "the hash does not fit"),
            (str(uuid.uuid5(namespace, f"{stream}/{version}")) == fact_id, "the id does not fit"),
            (form == body, "the body is not canonical"),
        ):
            if not right:
                complaint = complaint or f"{stream} version {version}: {what}"
        heads[stream] = (version, hashed)
        facts += 1
    database.close()
    return complaint or f"{facts} facts in {len(heads)} streams verify"
