import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.line import GENESIS, Line
from ledger.errors import Conflict, Gap
from ledger.memory import Memory
from ledger.port import Head
from tests.ledger.samples import NOW, step, steps

STREAM = "incident/I-AAAAAAAAAAAA"


def test_lines_come_back_as_they_were_written_and_chained(memory):
    lines = steps(STREAM, 1, 3)
    head = memory.ledger.append(STREAM, lines)
    entries = list(memory.ledger.read(STREAM))
    assert [entry.line for entry in entries] == lines
    assert entries[0].prev == GENESIS
    assert [entry.prev for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert head == Head(STREAM, 3, entries[-1].hash) == memory.ledger.head(STREAM)
    assert all(entry.recorded_at.endswith("Z") and len(entry.recorded_at) == 27 for entry in entries)
    assert list(memory.ledger.read(STREAM, first=3)) == entries[2:]


def test_a_repeat_is_a_success_also_when_the_stream_has_moved_on(memory):
    first = memory.ledger.append(STREAM, steps(STREAM, 1, 2))
    assert memory.ledger.append(STREAM, steps(STREAM, 1, 2)) == first
    longer = memory.ledger.append(STREAM, steps(STREAM, 2, 4))
    assert longer.version == 4
    assert memory.ledger.append(STREAM, steps(STREAM, 1, 2)) == first
    assert memory.ledger.verify().facts == 4


def test_another_content_is_a_conflict_and_writes_nothing(memory):
    memory.ledger.append(STREAM, steps(STREAM, 1, 2))
    other = [step(STREAM, 2, actor="mallory"), step(STREAM, 3)]
    with pytest.raises(Conflict, match="already holds another fact at version 2") as caught:
        memory.ledger.append(STREAM, other)
    assert (caught.value.stream, caught.value.version) == (STREAM, 2)
    assert memory.ledger.head(STREAM).version == 2


def test_a_gap_is_refused(memory):
    with pytest.raises(Gap, match="expects version 1, not 2"):
        memory.ledger.append(STREAM, [step(STREAM, 2)])
    with pytest.raises(Gap, match="expects version 2, not 3"):
        memory.ledger.append(STREAM, [step(STREAM, 1), step(STREAM, 3)])
    with pytest.raises(Gap):
        memory.ledger.append(STREAM, [step("incident/I-BBBBBBBBBBBB", 1)])
    assert memory.ledger.head(STREAM) is None


def test_what_would_blur_the_hashed_text_is_refused(memory):
    with pytest.raises(ValueError, match="at least one line"):
        memory.ledger.append(STREAM, [])
    with pytest.raises(ValueError, match="line feed"):
        memory.ledger.append(STREAM, [step(STREAM, 1).model_copy(update={"actor": "alice\n2"})])


def test_heads_come_in_order_of_name_and_by_prefix(memory):
    names = [f"incident/I-{letter}" for letter in "CAB"] + ["anchor/daily", "incident/I-A/duty/d/cac/1"]
    for name in names:
        memory.ledger.append(name, steps(name, 1, 2))
    assert [head.stream for head in memory.ledger.heads()] == sorted(names)
    assert [head.stream for head in memory.ledger.heads("incident/I-A")] == [
        "incident/I-A",
        "incident/I-A/duty/d/cac/1",
    ]
    assert list(memory.ledger.heads("nothing")) == []


@pytest.mark.parametrize("table", ["fact", "artefact"])
def test_the_database_refuses_every_change(memory, table):
    memory.ledger.append(STREAM, steps(STREAM, 1, 1))
    memory.artefacts.put(b"report", "text/plain")
    column = {"fact": "actor", "artefact": "media_type"}[table]
    statements = [f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"]  # noqa: S608  names of ours
    if memory.database.sqlite:
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608  as above
    else:
        statements.append(f"TRUNCATE {table}")
    for statement in statements:
        with pytest.raises(DBAPIError, match="append-only"), memory.database.writing() as connection:
            connection.execute(text(statement))
    assert memory.ledger.verify().ok


def test_eight_threads_race_and_one_row_wins(memory):
    start = threading.Barrier(8)
    heads: list[Head] = []

    def write() -> None:
        start.wait()
        heads.append(memory.ledger.append(STREAM, [step(STREAM, 1)]))

    run(write, 8)
    assert len(heads) == 8
    assert len(set(heads)) == 1
    assert memory.ledger.verify().facts == 1


def test_processes_that_race_agree_too(url, key, memory):
    other = Memory(url, key)
    start = threading.Barrier(8)
    heads: list[Head] = []

    def write(ledger) -> None:
        start.wait()
        heads.extend(ledger.append(STREAM, [step(STREAM, version)]) for version in range(1, 21))

    threads = [threading.Thread(target=write, args=(each.ledger,)) for each in (memory, other) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(heads) == 160
    assert len(set(heads)) == 20
    assert memory.ledger.verify().facts == 20
    assert memory.views.incident("I-AAAAAAAAAAAA").version == 20


def test_many_streams_share_commits_and_nobody_gets_anothers_refusal(memory):
    start = threading.Barrier(8)
    answers: dict[int, object] = {}

    def write(number: int) -> None:
        stream = f"incident/I-{number}"
        start.wait()
        for version in range(1, 11):
            memory.ledger.append(stream, [step(stream, version)])
        broken = Line(stream=stream, version=11, type="StepDone", at=NOW, actor="a", body="{}")
        attempts = [[step(stream, 20)], [step(stream, 3, actor="mallory")], [broken], [step(stream, 11)]]
        try:
            memory.ledger.append(stream, attempts[number % 4])
        except (Gap, Conflict, ValueError) as refusal:
            answers[number] = type(refusal)
        else:
            answers[number] = "written"

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [answers[number] for number in range(8)]
    assert kinds[0] is kinds[4] is Gap
    assert kinds[1] is kinds[5] is Conflict
    assert issubclass(kinds[2], ValueError)
    assert kinds[3] == kinds[7] == "written"
    verification = memory.ledger.verify()
    assert verification.ok
    assert (verification.facts, verification.streams) == (82, 8)


def run(work, times: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
