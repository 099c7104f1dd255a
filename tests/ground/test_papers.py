"""Locks, licences, suppressions and sizes: what a reviewer would otherwise have to look for by hand."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from ruamel.yaml import YAML

LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"]
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
LONGEST = 300


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def pins(root, lock):
    return set(PIN.findall((root / lock).read_text(encoding="utf-8")))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes_and_no_host(lock, root):
    text = (root / lock).read_text(encoding="utf-8")
    for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert PIN.match(block), block.splitlines()[0]
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert "://" not in text
    assert "index-url" not in text


def test_the_locks_agree(root):
    assert pins(root, "requirements.lock") <= pins(root, "requirements-dev.lock")
    assert pins(root, "requirements-build.lock") <= pins(root, "requirements-dev.lock")


def named(requirements):
    return {
        re.sub(r"[._-]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()
        for requirement in requirements
        if isinstance(requirement, str)
    }


def test_everything_that_the_project_names_is_locked(project, root):
    run = named(project["project"]["dependencies"]) | named(
        project["project"]["optional-dependencies"]["postgres"]
    )
    everything = (
        run | named(project["dependency-groups"]["dev"]) | named(project["dependency-groups"]["build"])
    )
    assert run <= {name for name, _ in pins(root, "requirements.lock")}
    assert everything <= {name for name, _ in pins(root, "requirements-dev.lock")}


def test_there_is_one_version_number(project, root):
    number = project["project"]["version"]
    assert version("tocsin") == number
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in changelog or f"## [{number}]" in changelog


def test_the_licence_is_the_whole_of_apache_2(project, root):
    text = (root / "LICENSE").read_text(encoding="utf-8")
    assert project["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_pre_commit_fetches_nothing_and_calls_tools_that_are_there(root):
    hooks = YAML(typ="safe").load(root / ".pre-commit-config.yaml")["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    for hook in hooks[0]["hooks"]:
        assert hook["language"] == "system"
        tool = Path(hook["entry"].split()[0])
        assert tool.parent == Path(".venv/bin")
        assert Path(sys.executable).with_name(tool.name).exists()


def test_every_rule_that_is_left_out_says_why(root):
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    rules = re.findall(r'^  "([A-Z]+\d*)",(.*)$', text, re.MULTILINE)
    assert rules
    assert not [rule for rule, reason in rules if "# " not in reason]


def python(tracked):
    return [path for path in tracked if path.suffix == ".py"]


def test_every_suppression_says_why(tracked, root):
    # Codes alone; a reason after them, behind another # or a dash, is what is wanted.
    bare = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[, ]+[A-Z]+\d+)*)?|type:\s*ignore(?:\[[^\]]*\])?)\s*$")
    found = [
        f"{path.relative_to(root)}:{number}"
        for path in python(tracked)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if bare.search(line)
    ]
    assert not found


def test_no_module_outgrows_a_readers_patience(tracked, root):
    long = {
        str(path.relative_to(root)): lines
        for path in python(tracked)
        if path.relative_to(root).parts[0] != "tests"
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert not long


def test_our_own_code_is_never_mocked(tracked, root):
    mocking = re.compile(r"^\s*(?:from|import) (?:unittest\.)?mock\b|\bmocker\b", re.MULTILINE)
    assert not [
        str(path.relative_to(root))
        for path in python(tracked)
        if mocking.search(path.read_text(encoding="utf-8")) and path.name != "test_papers.py"
    ]


def test_the_wheel_carries_every_file_of_the_rooms(project, tracked, root, tmp_path):
    how = ["--quiet", "--no-index", "--no-build-isolation", "--no-deps", "--wheel-dir", tmp_path]
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *how, root], check=True, capture_output=True, timeout=120
    )
    (wheel,) = tmp_path.iterdir()
    rooms = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    names = {
        path.relative_to(root).as_posix() for path in tracked if path.relative_to(root).parts[0] in rooms
    }
    assert names <= set(zipfile.ZipFile(wheel).namelist())
