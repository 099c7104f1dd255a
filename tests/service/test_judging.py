"""A second process reads a list's rows as the worker itself does, and is missed by nobody where it fails."""

import logging
import os
import signal
import subprocess
import sys
from contextlib import closing
from itertools import islice

import pytest

from activities.judging import Judge, Terms, here
from domain.audience import Columns
from domain.field_map import FieldMap
from domain.listing import Row
from ledger.naming import Names
from service import judging
from service.judging import Beside

HEADER = ("id", "name", "email", "phone", "language", "kind", "minor", "guardian", "guardian_phone")
KEY = bytes(range(32))
TERMS = Terms(header=HEADER, fields=FieldMap(), channels=("sms", "email"), naming=KEY.hex())
CHUNK = 50
PEOPLE = 1_000
SOON = 60.0


def cells(place):
    odd = {
        3: (
            "",
            f"丁{place}",
            f"minor{place}@example.com",
            "",
            "zh",
            "",
            "yes",
            f"丁母{place}",
            "13800138000",
        ),
        5: (f"no{place}", f"org{place}", f"office{place}@example.com", "", "en", "company", "", "", ""),
        6: ("", "", "", "", "", "", "", "", ""),
        7: ("", f"戊\n{place}", "x@example.com", "", "", "", "", "", ""),
        8: ("", "坏", "nothing", "12", "", "", "", "", ""),
    }
    plain = ("", f"王{place}", f"Person{place}@Example.com", f"139{place:08d}", "zh", "", "", "", "")
    return odd.get(place % 10, plain)


def rows():
    return [Row(n, None if n % 97 == 0 else cells(n), cells(n)) for n in range(1, PEOPLE + 1)]


def chunks():
    every = rows()
    return (every[start : start + CHUNK] for start in range(0, PEOPLE, CHUNK))


@pytest.fixture
def judge():
    return Judge(Columns(HEADER), TERMS.channels, Names(KEY).person)


@pytest.fixture
def readers(monkeypatch):
    """The processes that were started."""
    started = []

    class Noted(judging.Reader):
        def __init__(self, terms):
            super().__init__(terms)
            self.asked = 0
            started.append(self)

        def ask(self, rows):
            self.asked += 1
            return super().ask(rows)

    monkeypatch.setattr(judging, "Reader", Noted)
    monkeypatch.setattr(judging, "_cores", lambda: 2)
    return started


def plain(judged):
    """What was read, with lists where the pipe makes lists of tuples."""
    found = []
    for read, (reads, traits) in judged:
        kinds = [(tuple(route), *others) for route, *others in traits]
        for row, each in zip(read, reads, strict=True):
            entries = [(list(names), content, kinds[trait]) for names, content, trait in each.entries]
            found.append((row.line, *each._replace(entries=entries)))
    return found


def test_both_read_the_same_in_the_same_order(judge, readers):
    alone = plain(here(judge, TERMS, chunks()))
    assert {each[2] for each in alone} >= {None, "ragged_row", "no_identity", "control_characters"}
    assert any(len(each[3]) > 1 for each in alone)
    assert plain(Beside(patience=SOON)(judge, TERMS, chunks())) == alone
    [reader] = readers
    assert reader.asked > 0
    assert reader.process.returncode is not None


def test_a_short_list_and_a_single_core_start_nothing(judge, readers, monkeypatch):
    few = list(islice(chunks(), 2))
    assert plain(Beside()(judge, TERMS, iter(few))) == plain(here(judge, TERMS, iter(few)))
    monkeypatch.setattr(judging, "_cores", lambda: 1)
    assert plain(Beside()(judge, TERMS, chunks())) == plain(here(judge, TERMS, chunks()))
    assert readers == []


def test_a_process_that_is_killed_is_replaced_by_the_worker_itself(judge, readers, caplog):
    judged = []
    with (
        caplog.at_level(logging.WARNING, judging.log.name),
        closing(Beside(patience=SOON)(judge, TERMS, chunks())) as given,
    ):
        for number, each in enumerate(given):
            judged.append(each)
            if number == 6:
                readers[0].process.send_signal(signal.SIGSTOP)
                readers[0].process.kill()
    assert plain(judged) == plain(here(judge, TERMS, chunks()))
    # The session's own workers speak too.
    [said] = [each.message for each in caplog.records if each.name == judging.log.name]
    assert said.startswith("The process that reads lists has failed")


def test_it_ends_with_the_worker_that_asked_for_it():
    reading, writing = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "service.judging"], stdin=reading, stdout=subprocess.PIPE
    ) as process:
        os.close(reading)
        question = TERMS.model_dump_json().encode()
        os.write(writing, len(question).to_bytes(4, "big") + question)
        assert process.stdout.read(4) == bytes(4)
        os.close(writing)
        assert process.wait(SOON) == 0
