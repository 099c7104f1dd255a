"""`tocsin playbook`: which plans there are, what they say, and what is wrong with one."""

import json

import pytest
from typer.testing import CliRunner

from cli.main import app
from playbooks.incident import DEFAULT
from playbooks.incident_schema import schema


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*words):
        return CliRunner().invoke(app, ["playbook", *words])

    return ran


def test_the_playbooks_are_listed_with_when_to_choose_them(run):
    found = {each["id"]: each for each in json.loads(run("list").stdout)}
    assert {"data-leak", "ransomware", "important-data", "vulnerability"} <= set(found)
    assert found["data-leak"]["default"]
    assert found["vulnerability"]["kind"] == "vulnerability"
    assert "data-leak (default)" in run("list", "-o", "table").stdout


def test_one_is_shown_with_what_to_do_and_whom_it_serves(run):
    said = run("show", "ransomware", "-o", "table").stdout
    assert "ransom-decision (manual, legal, within 12 h)" in said
    assert "serves all by report of EU" in said
    assert json.loads(run("show", "ransomware").stdout)["steps"][0]["phase"] == "assessment"
    absent = run("show", "flood")
    assert absent.exit_code == 3
    assert "there are data-leak" in absent.output


def test_the_shipped_ones_pass_and_warn_of_what_the_settings_lack(run):
    answer = run("check")
    assert answer.exit_code == 0
    told = json.loads(answer.stdout)
    assert told["ok"]
    assert {each["level"] for each in told["remarks"]} == {"warning"}
    assert "serve what the law asks" in run("check", "-o", "table").stdout


def test_a_missing_step_is_named_with_its_file_and_the_command_ends_with_six(run, tmp_path):
    file = tmp_path / "mine.yaml"
    text = DEFAULT.read_text(encoding="utf-8")
    file.write_text(text.replace("include: [legal]\n", ""), encoding="utf-8")
    answer = run("check", str(file), "--jurisdiction", "CN")
    assert answer.exit_code == 6
    told = json.loads(answer.stdout)
    errors = [each for each in told["remarks"] if each["level"] == "error"]
    assert any("no step serves CN-D147-14 by referral" in each["sentence"] for each in errors)
    assert {each["file"] for each in errors} == {str(file)}
    assert all(each["line"] > 1 for each in errors)
    assert run("check", "--jurisdiction", "XX").exit_code == 2


def test_the_schema_is_the_published_one(run):
    assert run("schema").stdout == schema()
    assert json.loads(run("schema", "--part").stdout)["title"] == "Part"
