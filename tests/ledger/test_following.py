"""Followed from outside, the ledger brings each fact once, and whatever was done to it shows."""

import pytest
from sqlalchemy import text

from ledger.database import Database, default_url
from ledger.following import Follower
from ledger.migrate import migrate
from ledger.port import Head
from ledger.store import Store
from tests.ledger.samples import step, steps
from tests.ledger.test_verify import tamper

FIRST, SECOND = "incident/I-AAAAAAAAAAAA", "incident/I-BBBBBBBBBBBB"


def forge(memory, statement):
    """Do as `tamper` does, where `:first` and `:second` stand for the streams."""
    tamper(memory, statement.replace(":first", f"'{FIRST}'").replace(":second", f"'{SECOND}'"))


class Taken:
    """A reader that keeps the versions it was given."""

    def __init__(self):
        self.versions = {}

    def begin(self, stream):
        self.versions[stream] = []

    def take(self, line):
        self.versions.setdefault(line.stream, []).append(line.version)


@pytest.fixture
def reading(memory, url):
    memory.ledger.append(FIRST, steps(FIRST, 1, 3))
    memory.ledger.append(SECOND, steps(SECOND, 1, 2))
    database = Database(url, writes=False, shared=True)
    yield database
    database.close()


def look(follower, database, taken=None, **more):
    return follower.follow(database, taken or Taken(), seconds=60, **more)


def test_each_fact_comes_once(memory, reading):
    follower, taken = Follower(), Taken()
    assert look(follower, reading, taken).rows == 5
    assert look(follower, reading, taken).rows == 0
    memory.ledger.append(FIRST, [step(FIRST, 4)])
    found = look(follower, reading, taken)
    assert (found.rows, found.bad, found.cut, found.complete) == (1, {}, {}, True)
    assert taken.versions == {FIRST: [1, 2, 3, 4], SECOND: [1, 2]}
    assert follower.noted == {head.stream: head for head in memory.ledger.heads()}


def test_a_changed_row_is_named_its_stream_is_still_read_and_a_mended_one_is_well(memory, reading):
    follower, taken = Follower(), Taken()
    look(follower, reading, taken)
    memory.ledger.append(FIRST, [step(FIRST, 4)])
    forge(memory, "UPDATE fact SET actor = 'mallory' WHERE stream = :first AND version = 4")
    found = look(follower, reading, taken)
    assert list(found.bad) == [FIRST]
    assert found.bad[FIRST].version == 4
    assert follower.noted[FIRST].version == 3
    with memory.database.writing() as connection:
        connection.execute(text("UPDATE fact SET actor = 'alice' WHERE actor = 'mallory'"))
    found = look(follower, reading, taken)
    assert (found.bad, taken.versions[FIRST]) == ({}, [1, 2, 3, 4])
    assert follower.noted[FIRST].version == 4


def test_a_row_that_is_changed_long_after_it_was_read_is_found_by_and_by(memory, reading):
    follower = Follower()
    look(follower, reading)
    forge(memory, "UPDATE fact SET body = '{}' WHERE stream = :second AND version = 1")
    assert look(follower, reading).bad == {}
    # Two rows a look: the first stream's turn comes first.
    assert look(follower, reading, again=2).bad == {}
    found = look(follower, reading, again=2)
    assert found.bad[SECOND].what.startswith("bad hash")
    assert list(look(follower, reading).bad) == [SECOND]


def test_a_chain_that_was_written_anew_is_not_the_one_that_was_noted(memory, reading):
    follower = Follower()
    look(follower, reading)
    noted = dict(follower.noted)
    forge(memory, "DELETE FROM fact WHERE stream = :first")
    memory.ledger.append(FIRST, [step(FIRST, version, step="forged") for version in range(1, 5)])
    for fresh in (follower, Follower(noted=noted)):
        found = look(fresh, reading)
        assert (found.bad[FIRST].version, found.cut) == (3, {})
        assert "another fact stood here" in found.bad[FIRST].what
        fresh.forget(FIRST)
        assert look(fresh, reading).bad == {}


@pytest.mark.parametrize("kept", [0, 2])
def test_what_was_cut_off_at_the_end_is_missed(memory, reading, kept):
    follower, taken = Follower(), Taken()
    look(follower, reading, taken)
    last = follower.noted[FIRST]
    forge(memory, "DELETE FROM fact WHERE stream = :first AND version > :kept".replace(":kept", str(kept)))
    for _ in range(2):
        found = look(follower, reading, taken)
        assert (found.cut, found.bad) == ({FIRST: last}, {})
    follower.forget(FIRST)
    assert look(follower, reading, taken).cut == {}
    assert follower.noted.get(FIRST) == (None if not kept else memory.ledger.head(FIRST))


def test_what_was_cut_and_came_back_is_no_longer_missed(memory, reading):
    follower = Follower(noted={FIRST: Head(FIRST, 4, step(FIRST, 4).hashed(memory.ledger.head(FIRST).hash))})
    assert list(look(follower, reading).cut) == [FIRST]
    memory.ledger.append(FIRST, [step(FIRST, 4)])
    assert look(follower, reading).cut == {}


def test_a_look_ends_in_time_and_the_next_one_goes_on(reading):
    follower, taken = Follower(), Taken()
    found = follower.follow(reading, taken, seconds=-1)
    assert (found.rows, found.complete) == (0, False)
    assert look(follower, reading, taken).rows == 5


def test_a_row_that_is_no_fact_at_all_is_named_and_passed_over(memory, reading):
    forge(memory, "UPDATE fact SET at = 'yesterday' WHERE stream = :first AND version = 2")
    taken = Taken()
    found = look(Follower(), reading, taken)
    assert found.bad[FIRST].what.startswith("bad line")
    assert taken.versions[FIRST] == [1, 3]


def test_a_file_that_is_written_beside_is_never_taken_for_one_that_nobody_writes(tmp_path):
    url = default_url(tmp_path)
    migrate(url)
    reading = Database(url, writes=False, shared=True)
    follower = Follower()
    assert look(follower, reading).rows == 0
    writing = Database(url)
    Store(writing).append(FIRST, steps(FIRST, 1, 3))
    assert look(follower, reading).rows == 3
    writing.close()
    reading.close()
