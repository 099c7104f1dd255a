import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from playbooks.checking import Surroundings, check_file
from playbooks.forms import FormLibrary
from playbooks.incident import DEFAULT, PHASES, PLAYBOOKS, load_playbook, playbook_files
from playbooks.incident_schema import PART_SCHEMA, SCHEMA, schema
from playbooks.invalid import PackInvalid
from playbooks.loader import load_packs
from playbooks.messages import MESSAGES, message_ids


@pytest.fixture
def broken(tmp_path):
    def write(old, new):
        text = DEFAULT.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "data-leak.yaml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path, text[: text.index(old)].count("\n") + 1

    return write


def test_the_shipped_playbook_holds_and_names_what_exists():
    playbook = load_playbook()
    assert playbook.id == "data-leak"
    assert {step.phase for step in playbook.steps} == set(PHASES)
    assert any(step.undo for step in playbook.steps)
    assert set(playbook.forms.values()) <= set(FormLibrary().ids)
    assert all((MESSAGES / message).is_dir() for message in playbook.notification.messages)
    assert playbook.targets.immediate == timedelta(hours=1)
    assert playbook.digest == load_playbook().digest


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("percents: [50, 75, 90, 100]", "percents: [75, 50]", "rise"),
        ("percents: [50, 75, 90, 100]", "percents: [50, 120]", "rise"),
        ("    action: isolate-host\n", "", "automatic step names its action"),
        ("id: revoke-access", "id: isolate-source", "stands here twice"),
        ("channels: [sms, email]", "channels: [sms, sms]", "once"),
        ("channels: [sms, email]", "channels: [fax]", "input should be"),
        ("  initial: ncirm-7", "  first: ncirm-7", "a stage is one of"),
        ("repeat: PT30M", "repeat: PT0M", "greater than"),
        ("batch: 1000", "batch: 100000", "less than or equal"),
        ("roles: [lead, legal]", "rolls: [lead, legal]", "no field called rolls"),
        ("    mode: manual\n", "    mode: manual\n    undo: isolate-host\n", "only an automatic step"),
        ("version: 2", "version: [", "no YAML"),
        ("include: [legal]", "include: [leagl]", "there is no part leagl; parts/ has legal"),
        ("messages: [data-leak]", "messages: [data-leak, data-leak]", "each of the messages"),
        ("id: review", "id: Review", "small letters"),
        ("    mode: manual\n", "    mode: duty\n", "names the duties that it serves"),
        ("    mode: manual\n", "    mode: manual\n    serves: [pipl-57]\n", "write a duty's id"),
        ("    mode: manual\n", "    mode: manual\n    serves: [{by: letter}]\n", "input should be 'report'"),
        ("    within: PT2H\n", "    within: soon\n", "valid timedelta"),
    ],
)
def test_a_broken_playbook_is_refused_with_its_line(broken, old, new, says):
    path, line = broken(old, new)
    with pytest.raises(PackInvalid, match=says) as caught:
        load_playbook(path)
    assert caught.value.line >= 1
    assert abs(caught.value.line - line) <= 4 or caught.value.line == 1


def test_a_playbook_that_is_no_mapping_or_not_there_is_refused(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- one\n- two\n")
    with pytest.raises(PackInvalid, match="a mapping"):
        load_playbook(path)
    with pytest.raises(PackInvalid, match="cannot be read"):
        load_playbook(tmp_path / "absent.yaml")


@pytest.fixture(scope="module")
def around():
    packs = load_packs()
    return Surroundings(packs=packs, known=packs, forms=FormLibrary().forms, messages=message_ids(MESSAGES))


def test_every_shipped_playbook_passes_its_check_and_says_it_in_both_languages(around):
    files = playbook_files(PLAYBOOKS)
    assert {file.stem for file in files} >= {"data-leak", "ransomware", "important-data", "vulnerability"}
    titles = {}
    for file in files:
        playbook, remarks = check_file(file, around)
        assert [str(remark.said) for remark in remarks if remark.error] == []
        assert playbook.id == file.stem
        assert playbook.purpose
        assert {step.phase for step in playbook.steps} >= {"assessment", "containment", "recovery", "closing"}
        for step in playbook.steps:
            assert titles.setdefault(step.id, step.title) == step.title, "an id means one thing everywhere"
            assert step.title.zh != step.title.en


def test_no_number_of_law_stands_in_a_playbook():
    for file in (*playbook_files(PLAYBOOKS), *(PLAYBOOKS / "parts").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        for unit in ("小时", "分钟", "日内", " hours", " days", "万人"):
            assert unit not in text, f"{file.name}: {unit}"


def test_the_published_schemas_are_those_of_the_models_and_editors_find_them():
    assert SCHEMA.read_text(encoding="utf-8") == schema()
    assert PART_SCHEMA.read_text(encoding="utf-8") == schema(part=True)
    for file in playbook_files(PLAYBOOKS):
        assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
    for file in (PLAYBOOKS / "parts").glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=part.schema.json\n")


def test_the_published_schemas_take_what_is_shipped_and_refuse_what_the_loader_refuses(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    text = DEFAULT.read_text(encoding="utf-8")
    wrong.write_text(text.replace("include: [legal]", "includes: [legal]"), encoding="utf-8")
    run = partial(subprocess.run, capture_output=True, check=False)
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile"]
    good = run([*command, SCHEMA, *playbook_files(PLAYBOOKS)])
    assert good.returncode == 0, good.stdout
    assert run([*command, PART_SCHEMA, *(PLAYBOOKS / "parts").glob("*.yaml")]).returncode == 0
    assert run([*command, SCHEMA, wrong]).returncode == 1


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ("initial: ncirm-7", "initial: ncirm-6", True, "there is no form ncirm-6; there are"),
        ("messages: [data-leak]", "messages: [data-leek]", True, "no message data-leek for sms, email"),
        ("id: close-gap", "id: close-hole", False, "takes a field from the step close-gap"),
        ("action: isolate-host", "action: isolate", False, "the settings have no action isolate"),
        ("undo: isolate-host", "undo: free-host", False, "the settings have no action free-host"),
        ("owner: privacy", "owner: sales", False, "nobody has the role sales"),
        (
            "roles: [lead, legal]",
            "roles: [lead, boss]",
            False,
            "nobody is told when a clock alarms boss",
        ),
    ],
)
def test_what_a_playbook_names_and_nobody_has_is_said_with_its_line(broken, around, old, new, error, says):
    path, line = broken(old, new)
    settings = replace(
        around,
        actions={"isolate-host", "revoke-access"},
        roles={"lead", "legal", "security", "forensics", "privacy"},
    )
    _, remarks = check_file(path, settings)
    (remark,) = [one for one in remarks if says in one.said.sentence][:1]
    assert remark.error == error
    assert all(one.error == error for one in remarks)
    if "close" not in old:
        assert abs(remark.said.line - line) <= 1
        assert remark.said.file == path
    (asked_nobody,) = [len(check_file(path, around)[1])]
    assert asked_nobody <= len(remarks)


def test_a_file_that_does_not_hold_is_one_error(broken, around):
    path, _ = broken("version: 2", "version: none")
    playbook, (remark,) = check_file(path, around)
    assert playbook is None
    assert remark.error


def test_a_step_of_ones_own_stands_in_place_of_the_parts_and_errors_name_the_parts_file(tmp_path, around):
    own = tmp_path / "own.yaml"
    text = DEFAULT.read_text(encoding="utf-8").replace("id: data-leak", "id: own", 1)
    triage = """
  - id: refer-police
    phase: referral
    mode: duty
    title: {zh: 报案, en: go to the police}
    owner: liaison
    serves: [CN-D147-14]
"""
    own.write_text(text.replace("\nsteps:\n", f"\nsteps:{triage}", 1), encoding="utf-8")
    playbook, remarks = check_file(own, around)
    assert playbook.step("refer-police").owner == "liaison"
    assert any("CN-NCIRM-4-POLICE" in remark.said.sentence for remark in remarks)
    (tmp_path / "parts").mkdir()
    part = (PLAYBOOKS / "parts" / "legal.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "parts" / "legal.yaml"
    mine.write_text(part.replace("CN-CII-18]", "CN-CII-19]"), encoding="utf-8")
    _, remarks = check_file(own, around)
    assert {remark.said.file for remark in remarks if "CN-CII-19" in remark.said.sentence} == {mine}
    mine.write_text(part.replace("id: legal", "id: lawful", 1), encoding="utf-8")
    with pytest.raises(PackInvalid, match="a part is called like its file"):
        load_playbook(own)


def test_a_plan_without_work_or_a_folder_without_plans_is_refused(tmp_path):
    only = tmp_path / "only.yaml"
    text = DEFAULT.read_text(encoding="utf-8")
    head, rest = text.split("\nsteps:\n")
    _, tail = rest.split("\ntargets:\n")
    only.write_text(f"{head}\nsteps: []\n\ntargets:\n{tail}", encoding="utf-8")
    with pytest.raises(PackInvalid, match="has the phase containment"):
        load_playbook(only)
    (tmp_path / "none").mkdir()
    with pytest.raises(PackInvalid, match="there is no playbook here"):
        playbook_files(tmp_path / "none")
