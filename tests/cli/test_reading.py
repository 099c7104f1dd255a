import contextlib
import json
import shutil
import sqlite3

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain import commands as c
from domain.facts import DutyKey


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def test_incidents_are_listed_for_a_program_and_for_a_person(case):
    case.leak()
    [row] = json.loads(run("incident", "list").stdout)
    assert (row["incident"], row["phase"], row["confirmed"]) == (case.incident, "triaged", True)
    assert row["persons_affected"] == 1_204_331
    assert row["open_duties"] == sum(not duty.settled for duty in case.state.duties.values())
    table = run("incident", "list", "-o", "table").stdout
    assert case.incident in table
    assert "1,204,331" in table
    assert "+08:00" in table
    assert " left" in table


def test_closed_incidents_are_listed_when_asked_for(case):
    case.order(c.Triage(confirmed=False), reason="a test of the SIEM")
    case.close()
    assert json.loads(run("incident", "list").stdout) == []
    assert "No incident is open" in run("incident", "list", "-o", "table").stdout
    [row] = json.loads(run("incident", "list", "--all").stdout)
    assert row["phase"] == "closed"
    assert "Next: nothing" in run("incident", "show", case.incident, "-o", "table").stdout
    assert "false alarm" in run("incident", "list", "--all", "-o", "table").stdout


def test_an_incident_says_what_comes_next_and_the_command(case):
    shown = run("incident", "show", case.incident, "-o", "table").stdout
    assert "Next: decide whether this is an incident" in shown
    assert f"$ tocsin triage {case.incident} --confirmed" in shown
    case.leak()
    answer = json.loads(run("incident", "show", case.incident).stdout)
    assert answer["next"]["command"].startswith("tocsin ")
    assert answer["next"]["due_at"]
    assert answer["grade"]["decided_by"] == ["Q5"]
    owed = {duty["key"] for duty in answer["duties"] if duty["terms"]["answer"] == "owed"}
    assert "CN-NCIRM-4-OTHER/cac-provincial/1" in owed
    assert len(answer["timeline"]) == 12
    shown = run("incident", "show", case.incident, "-o", "table", "--timeline", "3").stdout
    assert "because Q5" in shown
    assert "其他网络运营者的事件报告" in shown
    assert "Timeline (the last 3 of" in shown


def test_the_plan_the_reports_and_the_work_are_shown(case):
    case.leak()
    case.order(c.ActivatePlan())
    case.order(c.AdvanceStep(step="isolate-source", to="start"))
    case.word(c.StepWord(step="isolate-source", ok=True, code="http.200"))
    key = DutyKey(duty="CN-NCIRM-4-OTHER", authority="cac-provincial")
    case.order(c.DraftReport(form="ncirm-7", duties=(key,)))
    steps = {each["id"]: each for each in json.loads(run("step", "list", case.incident).stdout)}
    assert steps["isolate-source"]["status"] == "done"
    assert steps["report-cyberspace"]["status"] == "owed"
    assert steps["report-cyberspace"]["duties"] == [f"{key}"]
    one = run("step", "show", case.incident, "report-cyberspace", "-o", "table").stdout
    assert f"- {key}: open" in one
    assert "until" in one
    run("step", "show", case.incident, "no-such", code=3)
    assert "security" in run("step", "list", case.incident, "-o", "table").stdout
    table = run("report", "list", case.incident, "-o", "table").stdout
    assert "being drawn up" in table
    case.word(c.ReportWord(report=1, sha256="a" * 64, missing=("time",)))
    assert json.loads(run("report", "list", case.incident).stdout)[0]["missing"] == ["time"]
    assert run("report", "show", case.incident, "7", code=3).stderr.endswith("[unknown_report]\n")
    board = run("incident", "show", case.incident, "-o", "table").stdout
    assert "report/1 ncirm-7 → cac-provincial" in board
    assert "隔离涉事主机" in board


def test_recorded_facts_are_listed_with_their_basis(case):
    case.order(
        c.RecordFacts(
            values={"cii_affected": False, "persons_affected": {"min": 10, "max": 20}}, basis="register"
        )
    )
    facts = json.loads(run("fact", "list", case.incident).stdout)
    assert facts["cii_affected"]["value"] is False
    table = run("fact", "list", case.incident, "-o", "table").stdout
    assert "10..20" in table
    assert "register" in table


@pytest.mark.usefixtures("case")
def test_what_is_not_there_is_said_with_its_exit_code():
    for words in (("incident", "show"), ("fact", "list"), ("step", "list"), ("notify", "status")):
        found = run(*words, "I-NONE", code=3)
        assert found.stderr == "There is no incident I-NONE; see tocsin incident list. [desk.no_incident]\n"


def test_a_missing_directory_or_ledger_is_said_in_a_sentence(data_dir, monkeypatch):
    assert "there is no ledger" in run("incident", "list", code=4).stderr
    assert "run tocsin init" in run("clock", "list", code=4).stderr
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(data_dir / "nowhere"))
    assert "does not exist" in run("incident", "list", code=4).stderr
    (data_dir / "ledger.db").write_bytes(b"this is no database, and long enough to be read as one" * 40)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(data_dir))
    assert "not an intact database" in run("incident", "list", code=4).stderr
    (data_dir / "ledger.db").write_bytes(b"")
    assert "[not_migrated]" in run("incident", "list", code=4).stderr


def test_settings_that_cannot_be_used_end_an_order_with_six(case, monkeypatch):
    monkeypatch.setenv("TOCSIN_EMAIL__PORT", "hunter2")
    found = run("triage", case.incident, "--confirmed", "--as", "alice", code=6)
    assert "TOCSIN_EMAIL__" in found.stderr
    assert "hunter2" not in found.output
    run("incident", "show", case.incident)


def test_an_order_needs_somebody_known_and_a_server(case, monkeypatch):
    monkeypatch.setenv("TOCSIN_OPERATORS", '{"alice": {}, "bob": {}}')
    assert "--as HANDLE" in run("activate", case.incident, code=2).stderr
    found = run("activate", case.incident, "--as", "mallory", code=2)
    assert "it knows alice, bob. [desk.unknown_operator]" in found.stderr
    found = run("activate", case.incident, "--as", "alice", code=4)
    assert "start tocsin up" in found.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("triage", "{i}"), "--confirmed or --false-alarm"),
        (("step", "advance", "{i}", "harden", "sideways"), "There is no move 'sideways'"),
        (("fact", "set", "{i}", "cii_affected"), "write NAME=VALUE"),
        (("fact", "set", "{i}", "persons=3"), "did you mean persons_affected"),
        (("fact", "set", "{i}", "persons_affected=-3"), "cannot be negative"),
        (("fact", "set", "{i}", "records_affected={a: [}"), "no map or list"),
        (("time", "advance", "{i}", "soon"), "is no length of time"),
        (("duty", "extend", "{i}", "GRADING"), "--until INSTANT or by --by LENGTH"),
        (("report", "draft", "{i}", "--stage", "middle"), "There is no stage 'middle'"),
        (("time", "advance", "{i}", "9e9d"), "is no length of time"),
    ],
)
def test_what_does_not_fit_is_said_before_anybody_is_asked(case, words, said):
    found = run(*(word.replace("{i}", case.incident) for word in words), code=2)
    assert said in found.stderr


def test_what_nobody_can_agree_to_is_refused_here(case):
    assert "[nothing_to_approve]" in run("approve", case.incident, "report/1", code=1).stderr
    assert "[nothing_to_approve]" in run("approve", case.incident, "withdraw", code=1).stderr


def test_an_audience_that_cannot_be_read_is_told_of(case, tmp_path):
    case.leak()
    found = run("notify", "plan", case.incident, tmp_path / "absent.csv", code=2)
    assert "absent.csv cannot be read" in found.stderr


def test_the_record_is_verified_and_the_first_bad_row_named(case, data_dir):
    case.leak()
    assert "every hash as it was written" in run("ledger", "verify", "-o", "table").stdout
    assert json.loads(run("ledger", "verify").stdout)["ok"] is True
    case.tamper(data_dir / "ledger.db", 3)
    found = run("ledger", "verify", "-o", "table", code=5)
    assert f"incident/{case.incident} version 3" in found.stderr
    answer = json.loads(run("ledger", "verify", code=5).stdout)
    assert answer["first_bad"]["version"] == 3


def test_views_are_rebuilt(case):
    assert json.loads(run("ledger", "rebuild").stdout) == {"facts": case.state.version}
    assert "rebuilt from" in run("ledger", "rebuild", "-o", "table").stdout


def test_watching_ends_with_the_incident_or_the_time(case):
    assert "is at version" in run("incident", "watch", case.incident, "--for", "0", "-o", "table").stdout
    case.order(c.Triage(confirmed=False), reason="a test")
    case.close()
    assert run("incident", "watch", case.incident).stdout == ""


@pytest.mark.usefixtures("data_dir")
def test_every_command_has_its_help():
    for words in (
        (),
        ("incident",),
        ("report", "file"),
        ("duty", "settle"),
        ("worker",),
        ("up",),
        ("doctor",),
    ):
        assert "Usage" in run(*words, "--help").stdout


def test_what_is_too_long_for_the_record_is_said(case, monkeypatch):
    monkeypatch.setenv("TOCSIN_OPERATORS", '{"alice": {}}')
    case.leak()
    case.order(c.ActivatePlan())
    key = DutyKey(duty="CN-NCIRM-4-OTHER", authority="cac-provincial")
    case.order(c.DraftReport(form="ncirm-7", duties=(key,)))
    case.word(c.ReportWord(report=1, sha256="a" * 64))
    case.order(c.Approve(subject="report/1", sha256="a" * 64), operator="second")
    case.order(c.FileReport(report=1, channel="portal"))
    found = run("report", "receipt", case.incident, 1, "--number", "1" * 300, code=2)
    assert found.stderr == "The number does not fit: string should have at most 200 characters. [cli.usage]\n"


def test_a_ledger_that_nobody_can_be_writing_is_read_as_it_lies(case, data_dir, monkeypatch):
    case.leak()
    with contextlib.closing(sqlite3.connect(data_dir / "ledger.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = data_dir / "copy"
    copy.mkdir()
    shutil.copy(data_dir / "ledger.db", copy)
    copy.chmod(0o500)
    monkeypatch.setattr("service.reading.os.access", lambda *_: False)
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(copy))
    assert len(json.loads(run("incident", "list").stdout)) == 1
    assert [path.name for path in copy.iterdir()] == ["ledger.db"]
