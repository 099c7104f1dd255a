"""Whom no message reached: listed for who may see it, told by hand, and counted by two persons."""

import csv
import json
import stat

import pytest

from domain import campaign as k
from domain import commands as c
from domain.approval import by_hand_subject, content
from domain.ids import evidence_stream
from domain.rules_notify import unreached
from service.by_hand_list import bring_back
from tests.cli.test_notify_evidence import FROZEN, Told, ask, memory, run

__all__ = ["memory"]


@pytest.fixture
def told(case, memory):
    told = Told(case, memory)
    case.word(c.AudienceWord(campaign=1, frozen=FROZEN))
    told.settle()
    counts = {"sent": 2, "refused": 1, "due": 1, "unreachable": 1}
    case.word(c.CampaignWord(campaign=1, settled=k.CampaignSettled(counts=counts, merkle_root="e" * 64)))
    return told


@pytest.fixture
def listed(told, tmp_path):
    to = tmp_path / "unreached.csv"
    run("notify", "unreached", told.case.incident, 1, "--to", to, "--reason", "the call centre")
    return to


def rows(file):
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def worked(file, *outcomes, name="back.csv"):
    """The list as it comes back, with an outcome for each row."""
    back = file.with_name(name)
    with back.open("w", encoding="utf-8", newline="") as opened:
        put = csv.DictWriter(opened, rows(file)[0].keys())
        put.writeheader()
        for row, outcome in zip(rows(file), outcomes, strict=True):
            put.writerow({**row, "outcome": outcome, "at": "2026-11-27 10:00", "by": "agent 7"})
    return back


def bring(told, file, code=0):
    return run("notify", "by-hand", told.case.incident, 1, file, "--means", "telephone", code=code)


def test_the_list_has_everybody_who_was_not_reached_and_is_written_down(told, listed):
    assert [(row["tocsin_row"], row["name"], row["email"]) for row in rows(listed)] == [
        ("3", "Li Si", "Li@people.example"),
        ("4", "", ""),
        ("5", "王五", "wang@people.example"),
    ]
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    assert told.openings() == [{"by": "auditor", "campaign": 1, "reason": "the call centre", "rows": 3}]
    assert "people.example" not in str(list(told.memory.ledger.read(evidence_stream(told.case.incident))))
    again = ("notify", "unreached", told.case.incident, 1, "--to", listed, "--reason", "again")
    assert "cannot be written" in run(*again, code=2).output


def test_only_who_may_see_evidence_gets_it_and_with_a_reason(told, tmp_path, monkeypatch):
    wanted = ("notify", "unreached", told.case.incident, 1, "--to", tmp_path / "x.csv")
    assert "[evidence.reason]" in run(*wanted, code=2).output
    monkeypatch.setenv("TOCSIN_OPERATOR", "lead")
    assert "[evidence.not_allowed]" in run(*wanted, "--reason", "why", code=1).output
    assert not (tmp_path / "x.csv").exists()
    assert (
        "no campaign 2 that has been counted"
        in run("notify", "unreached", told.case.incident, 2, "--to", tmp_path / "x.csv", code=3).output
    )


def test_what_comes_back_counts_once_two_persons_say_so(told, listed):
    case = told.case
    back = worked(listed, "told", "no answer", "已通知")
    campaign = case.state.campaigns[1]
    brought = bring_back(told.memory, case.incident, campaign, back, "telephone")
    assert (brought.told, brought.aside) == ((3, 5), ())
    order = c.RecordByHand(campaign=1, means="telephone", told=2, sha256=brought.sha256)
    with pytest.raises(Exception, match=f"approve {case.incident} byhand/1/2/{brought.sha256}"):
        case.order(order)
    subject = by_hand_subject(1, 2, brought.sha256)

    case.order(c.Approve(subject=subject, sha256=content(case.state, subject)), operator="second")
    case.order(order)
    assert unreached(case.state.campaigns[1]) == 1
    shown = json.loads(ask(told, "--seq", 5).stdout)["by_hand"]
    assert shown == [
        {"means": "telephone", "at": "2026-11-27 10:00", "by": "agent 7", "list_sha256": brought.sha256}
    ]
    assert json.loads(ask(told, "--seq", 4).stdout)["by_hand"] == []
    # The same people again, and the last one: only the last one is new.
    later = bring_back(
        told.memory, case.incident, case.state.campaigns[1], worked(listed, "told", "told", "told"), "letter"
    )
    assert later.told == (4,)
    assert later.aside == ((2, "told_before"), (4, "told_before"))


def test_lines_that_do_not_count_are_named(told, listed):
    back = worked(listed, "told", "", "told")
    with back.open("a", encoding="utf-8") as opened:
        opened.write("1,张三,,,,,,,,told,,\n99,,,,,,,,,told,,\nx,,,,,,,,,told,,\n3,,,,,,,,,told,,\n")
        opened.write(f"4,,,,,,,,,told,{'long' * 50},\n")
    found = bring_back(told.memory, told.case.incident, told.case.state.campaigns[1], back, "telephone")
    assert found.told == (3, 5)
    assert found.aside == (
        (5, "told_before"),
        (6, "no_such_row"),
        (7, "no_such_row"),
        (8, "duplicate"),
        (9, "too_long"),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"name\nx\n", "no columns tocsin_row"), (b"\xff\xfe\x00", "cannot be read"), (None, "cannot be read")],
)
def test_another_file_is_refused(told, tmp_path, content, says):
    file = tmp_path / "other.csv"
    if content is not None:
        file.write_bytes(content)
    assert says in bring(told, file, code=2).output


def test_a_list_in_which_nobody_was_told_is_refused(told, listed):
    assert "[cli.nobody_told]" in bring(told, worked(listed, "", "refused", ""), code=1).output
