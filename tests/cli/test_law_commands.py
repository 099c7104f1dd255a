import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain import commands as c
from domain.lawbook import ending
from playbooks.loader import LAW


def run(*words, code=0):
    result = CliRunner().invoke(app, ["law", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def other(tmp_path):
    """The shipped law with the reporting measure's four hours made three."""
    folder = tmp_path / "law"
    shutil.copytree(LAW, folder)
    _replace(folder / "cn-ncirm.yaml", "deadline: PT4H", "deadline: PT3H")
    return folder


def _replace(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.usefixtures("data_dir")
def test_every_duty_is_listed_once_with_what_a_program_needs():
    rows = json.loads(run("list").stdout)
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(rows)
    report = by_id["CN-NCIRM-4-OTHER"]
    assert (report["deadline"], report["article"], report["confidence"]) == (
        "PT4H",
        "4(4)",
        "VERIFIED_PRIMARY",
    )
    assert (report["live"], report["in_force"], report["effective_from"]) == (True, True, "2025-11-01")
    assert report["instrument"].startswith("国家网络安全事件报告管理办法")
    assert not by_id["CN-NDSR-31-ASSESS"]["live"]
    assert not any(row["live"] for row in rows if row["confidence"] == "RECALLED")
    assert len({tuple(row) for row in rows}) == 1


@pytest.mark.usefixtures("data_dir")
def test_the_list_is_narrowed_and_turned_back_in_time():
    then = json.loads(run("list", "--instrument", "cn-csl", "--on", "2025-06-01").stdout)
    assert {row["id"]: row["article"] for row in then}["CN-CSL-27"] == "25"
    then = {row["id"]: row["live"] for row in json.loads(run("list", "--on", "2025-10-31").stdout)}
    assert (then["CN-NCIRM-4-OTHER"], then["CN-PIPL-57-AUTH"]) == (False, True)
    assert json.loads(run("list", "--jurisdiction", "xx").stdout) == []
    assert {row["kind"] for row in json.loads(run("list", "--kind", "relay").stdout)} == {"relay"}
    assert all(row["live"] for row in json.loads(run("list", "--live").stdout))
    table = run("list", "-o", "table", "--on", "2025-06-01").stdout
    assert "not in force" in table
    assert "P5D business days" in table
    assert "unverified" in table
    assert "is no date" in run("list", "--on", "soon", code=2).stderr


@pytest.mark.usefixtures("data_dir")
def test_one_duty_is_shown_whole():
    told = run("show", "cn-ndsr-11-notify", "-o", "table").stdout
    for said in (
        "not known to be false: confirmed is true",
        "未被排除：确认（confirmed）为是",
        "网络数据安全管理条例",
        "2 persons",
        "harm_established_at, else recorded:harms_individuals|harms_organisations",
        "Rule 1:",
        "by nobody yet",
    ):
        assert said in told
    answer = json.loads(run("show", "CN-CSL-27").stdout)
    assert [version["article"] for version in answer["versions"]] == ["25", "27 (old 25)"]
    assert [version["in_force"] for version in answer["versions"]] == [False, True]
    assert answer["versions"][1]["trigger_words"]["zh"][0] == "同时满足："
    assert answer["pack"]["notes"]
    table = run("show", "CN-CSL-27", "-o", "table").stdout
    assert "a version of other days" in table
    assert "until 2025-12-31" in table
    assert "cannot be told while" in run("show", "CN-NCIRM-4-CII", "-o", "table").stdout
    found = run("show", "CN-NCIRM-4-OTHR", code=3)
    assert (
        found.stderr
        == "No law pack has a duty CN-NCIRM-4-OTHR; did you mean CN-NCIRM-4-OTHER. [cli.not_found]\n"
    )


def test_every_trigger_can_be_said_in_words(law):
    for pack in law:
        for rule in pack.duties:
            assert run("show", rule.id).stdout, rule.id


@pytest.mark.usefixtures("data_dir")
def test_a_duty_shows_whose_deadline_is_another_and_from_when_days_count():
    nis2 = run("show", "EU-NIS2-IN", "-o", "table").stdout
    assert "for some" in nis2
    assert "PT24H, when" in nis2
    assert "counted from the end of day of it" in run("show", "SG-PDPA-26D-PDPC", "-o", "table").stdout


def test_a_calendar_that_ends_soon_is_named(law):
    told = list(ending(law, datetime(2026, 11, 1, tzinfo=UTC)))
    assert any(line.startswith("cn-nfra counts working days") and "2026-12-31" in line for line in told)
    assert not any(line.startswith("cn-nfra") for line in ending(law, datetime(2026, 6, 1, tzinfo=UTC)))


@pytest.mark.usefixtures("data_dir")
def test_the_schema_and_the_shipped_packs_hold():
    assert json.loads(run("schema").stdout) == json.loads((LAW / "schema.json").read_text(encoding="utf-8"))
    assert "law packs hold." in run("check", "-o", "table").stdout
    answer = json.loads(run("check", LAW / "cn-pipl.yaml").stdout)
    assert answer == {"ok": True, "checked": 1, "flaws": [], "minds": []}


@pytest.mark.usefixtures("data_dir")
def test_every_flaw_is_named_with_its_file_line_and_field(other):
    _replace(other / "cn-pipl.yaml", "confidence: VERIFIED_PRIMARY", "confidense: VERIFIED_PRIMARY")
    _replace(other / "cn-minors.yaml", "{fact: minors, is: true}", "{fact: minor, is: true}")
    answer = json.loads(run("check", other, code=6).stdout)
    flaws = {(flaw["file"].rpartition("/")[2], flaw["field"].rpartition(".")[2]) for flaw in answer["flaws"]}
    assert ("cn-pipl.yaml", "confidense") in flaws
    assert any(file == "cn-minors.yaml" for file, _ in flaws)
    assert all(flaw["line"] > 1 and flaw["sentence"] for flaw in answer["flaws"])
    told = run("check", other / "cn-minors.yaml", other / "absent.yaml", "-o", "table", code=6)
    assert "there is no fact called minor" in told.stdout
    assert "cannot be read" in told.stdout
    assert "nothing starts on such a pack. [cli.pack_bad]" in told.stderr
    assert "1 flaw to correct" in run("check", other / "absent.yaml", code=6).stderr
    assert "there is no law pack here" in run("check", other.parent, "-o", "table", code=6).stdout


@pytest.mark.usefixtures("data_dir")
def test_two_readings_of_the_law_are_compared(other):
    _replace(other / "cn-d147.yaml", "crime_suspected", "illegal_access_found")
    (other / "cn-pbc.yaml").unlink()
    told = run("diff", LAW, other, "-o", "table").stdout
    assert "~ CN-NCIRM-4-OTHER (cn-ncirm)\n    deadline: PT4H → PT3H\n" in told
    assert "− CN-PBC-2H (cn-pbc)" in told
    assert "illegal_access_found is true" in told
    assert "+ CN-PBC-2H (cn-pbc)" in run("diff", other, LAW, "-o", "table").stdout
    assert run("diff", LAW, LAW, "-o", "table").stdout == "The two say the same.\n"
    answer = json.loads(run("diff", LAW / "cn-ncirm.yaml", other / "cn-ncirm.yaml").stdout)
    [change] = answer["changes"]
    assert (change["what"], change["id"], change["how"]) == ("duty", "CN-NCIRM-4-OTHER", "changed")
    assert change["fields"] == [{"field": "deadline", "old": "PT4H", "new": "PT3H"}]
    assert answer["incidents"] is None
    assert "two packs, or two folders" in run("diff", LAW, other / "cn-pipl.yaml", code=2).stderr


def test_what_a_change_of_law_means_for_open_incidents_is_said(case, other):
    case.order(c.Triage(confirmed=True))
    at = case.now - timedelta(minutes=5)
    facts = {"aware_at": at.isoformat(), "persons_affected": 1_204_331, "cii_affected": False}
    case.order(c.RecordFacts(values={**facts, "personal_information": "leaked"}, basis="log"))
    pair = (LAW / "cn-ncirm.yaml", other / "cn-ncirm.yaml")
    answer = json.loads(run("diff", *pair, "--open-incidents").stdout)
    [incident] = answer["incidents"]
    assert incident["incident"] == case.incident
    moved = {duty["duty"]: duty for duty in incident["duties"]}["CN-NCIRM-4-OTHER"]
    assert (moved["how"], moved["before"], moved["after"]) == ("moves", "owed", "owed")
    told = run("diff", *pair, "--open-incidents", "-o", "table").stdout
    assert f"{case.incident}: + 0 duties, − 0, 1 moved" in told
    _replace(other / "cn-ncirm.yaml", "at_least: 1000000}", "at_least: 2000000}")
    told = run("diff", LAW, other, "--open-incidents", "-o", "table").stdout
    assert "level 至少较大 → 至少一般" in told
    assert "owed → unknown" in told
    nothing = run("diff", LAW, LAW, "--open-incidents", "-o", "table").stdout
    assert f"{case.incident}: nothing changes." in nothing
    case.order(c.Triage(confirmed=False), reason="a test")
    assert "level" in run("diff", LAW, other, "--open-incidents", "-o", "table").stdout


def test_closed_incidents_are_left_alone(case, other):
    case.order(c.Triage(confirmed=False), reason="a test of the SIEM")
    case.close()
    assert "No incident is open." in run("diff", LAW, other, "--open-incidents", "-o", "table").stdout
