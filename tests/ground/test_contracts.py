"""The directions between the rooms hold, and breaking one is noticed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.codes import ROOMS

LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder):
    return subprocess.run(
        [LINTER, "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory, root):
    """Copy the rooms' names, without what is in them: a house in which one thing at a time can be wrong."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(root / "pyproject.toml", folder)
    for room in ROOMS:
        (folder / room).mkdir()
        (folder / room / "__init__.py").touch()
        (folder / room / "thing.py").touch()
    return folder


def test_the_house_keeps_its_contracts(root):
    ran = lint(root)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("room", "reached"),
    [
        ("domain", "ledger.thing"),
        ("domain", "playbooks.thing"),
        ("domain", "pydantic_settings"),
        ("domain", "sqlalchemy"),
        ("notifiers", "domain.thing"),
        ("notifiers", "ledger.thing"),
        ("ledger", "notifiers.thing"),
        ("ledger", "service.thing"),
        ("playbooks", "workflows.thing"),
        ("activities", "workflows.thing"),
        ("activities", "playbooks.thing"),
        ("workflows", "ledger.thing"),
        ("workflows", "notifiers.thing"),
        ("workflows", "playbooks.thing"),
        ("workflows", "service.thing"),
        ("workflows", "twilio"),
        ("workflows", "fastapi"),
        ("intake", "activities.thing"),
        ("intake", "notifiers.thing"),
        ("intake", "service.thing"),
        ("service", "cli.thing"),
    ],
)
def test_a_wrong_direction_is_noticed(house, room, reached):
    wrong = house / room / "thing.py"
    wrong.write_text(f"import {reached}\n", encoding="utf-8")
    try:
        ran = lint(house)
    finally:
        wrong.write_text("", encoding="utf-8")
    assert ran.returncode == 1, ran.stdout
    assert "BROKEN" in ran.stdout


def test_a_driver_is_noticed_at_the_end_of_a_chain(house):
    (house / "workflows" / "thing.py").write_text("import activities.thing\n", encoding="utf-8")
    (house / "activities" / "thing.py").write_text("import ledger.thing\n", encoding="utf-8")
    (house / "ledger" / "thing.py").write_text("import sqlalchemy\n", encoding="utf-8")
    try:
        ran = lint(house)
    finally:
        for room in ("workflows", "activities", "ledger"):
            (house / room / "thing.py").write_text("", encoding="utf-8")
    assert ran.returncode == 1, ran.stdout
    assert "sqlalchemy" in ran.stdout


def test_what_only_a_type_checker_imports_is_no_dependency(house):
    (house / "activities" / "thing.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ledger.thing\n",
        encoding="utf-8",
    )
    (house / "workflows" / "thing.py").write_text("import activities.thing\n", encoding="utf-8")
    (house / "ledger" / "thing.py").write_text("import sqlalchemy\n", encoding="utf-8")
    try:
        ran = lint(house)
    finally:
        for room in ("workflows", "activities", "ledger"):
            (house / room / "thing.py").write_text("", encoding="utf-8")
    assert ran.returncode == 0, ran.stdout
