"""The two commands' own behaviour where a machine lacks something, and what CI runs."""

import os
import re
import shutil
import subprocess

import pytest

TARGETS = ["help", "setup", "demo", "up", "test", "lint", "format", "bench", "docs", "browser", "clean"]
# What the recipes call besides what each test gives or withholds.
PLAIN = ["sh", "env", "mkdir", "touch", "grep", "awk", "tee", "cat", "tail", "id", "rm", "find"]


def make(folder, *words, path=None):
    return subprocess.run(
        [shutil.which("make"), *words],
        cwd=folder,
        env={"PATH": path or os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path, root):
    shutil.copy(root / "Makefile", tmp_path)
    for lock in ("requirements-build.lock", "requirements-dev.lock", "pyproject.toml"):
        (tmp_path / lock).touch()
    return tmp_path


@pytest.fixture
def bin_only(tmp_path):
    """Make a PATH of one folder with the plain tools, and programs of the test's own."""

    def prepare(programs=()):
        folder = tmp_path / "bin"
        folder.mkdir()
        for name in PLAIN:
            (folder / name).symlink_to(shutil.which(name))
        for name, script in dict(programs).items():
            program = folder / name
            program.unlink(missing_ok=True)
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
        return str(folder)

    return prepare


def test_help_is_what_make_does_alone_and_lists_every_target(root):
    for words in ([], ["help"]):
        told = make(root, *words).stdout
        assert [line.split()[1] for line in told.splitlines()] == TARGETS


def test_every_target_that_is_no_file_is_phony(root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"^\.PHONY: (\w+)$", makefile, re.MULTILINE)) == set(TARGETS)


def test_without_python_one_sentence_says_what_is_needed(checkout, bin_only):
    ran = make(checkout, "setup", path=bin_only())
    assert ran.returncode
    assert "Tocsin needs Python 3.11 or later" in ran.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_too_old_or_does_not_run_is_passed_over(checkout, bin_only):
    path = bin_only({"python3": "exit 1", "python3.11": "exit 127"})
    ran = make(checkout, "setup", path=path)
    assert "Tocsin needs Python 3.11 or later" in ran.stderr


def test_a_python_without_ensurepip_gets_a_sentence_that_names_the_package(checkout, bin_only):
    path = bin_only({"python3": 'case "$2" in *ensurepip*) exit 1;; esac; exit 0'})
    ran = make(checkout, "setup", path=path)
    assert ran.returncode
    assert "python3 cannot make a virtual environment" in ran.stderr
    assert "python3-venv" in ran.stderr
    assert not (checkout / ".venv" / ".stamps" / "venv").exists()


def test_a_virtual_environment_that_works_is_kept(checkout):
    home = checkout / ".venv" / "bin"
    home.mkdir(parents=True)
    (home / "python").write_text("#!/bin/sh\nexit 0\n")
    (home / "python").chmod(0o755)
    assert make(checkout, ".venv/.stamps/venv").returncode == 0
    assert (home / "python").read_text(encoding="utf-8").endswith("exit 0\n")


def stamped(checkout):
    """Leave the checkout as `make setup` leaves it."""
    stamps = checkout / ".venv" / ".stamps"
    stamps.mkdir(parents=True)
    for turn, name in enumerate(("venv", "build", "packages", "tocsin", "temporal"), start=1):
        (stamps / name).touch()
        os.utime(stamps / name, (2_000_000_000 + turn, 2_000_000_000 + turn))


def test_a_second_setup_has_nothing_to_do(checkout):
    stamped(checkout)
    assert make(checkout, "--question", "setup").returncode == 0


@pytest.mark.parametrize("changed", ["requirements-dev.lock", "requirements-build.lock", "pyproject.toml"])
def test_a_changed_lock_is_installed_anew(checkout, changed):
    stamped(checkout)
    os.utime(checkout / changed, (2_100_000_000, 2_100_000_000))
    assert make(checkout, "--question", "setup").returncode == 1


def test_pips_failure_ends_the_setup_with_pips_words(checkout):
    stamped(checkout)
    os.utime(checkout / "requirements-dev.lock", (2_100_000_000, 2_100_000_000))
    home = checkout / ".venv" / "bin"
    home.mkdir()
    (home / "python").write_text("#!/bin/sh\necho 'ERROR: no such thing'\nexit 1\n")
    (home / "python").chmod(0o755)
    ran = make(checkout, "setup")
    assert ran.returncode
    assert "ERROR: no such thing" in ran.stderr
    assert "could not be installed" in ran.stderr


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_a_browser_that_is_there_is_left_alone(checkout, bin_only, name):
    there = {name: "exit 0", "soffice": "exit 0", "pdftoppm": "exit 0", "apt-get": "exit 9"}
    ran = make(checkout, "browser", path=bin_only(there))
    assert ran.returncode == 0
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("there", "installed"),
    [
        ({"chromium", "pdftoppm"}, "libreoffice-writer-nogui fonts-noto-cjk"),
        ({"google-chrome", "soffice"}, "poppler-utils"),
        ({"soffice", "pdftoppm"}, "chromium fonts-noto-cjk"),
    ],
)
def test_only_what_is_missing_is_installed(checkout, bin_only, there, installed):
    programs = dict.fromkeys(there, "exit 0") | {"apt-get": 'echo "apt-get $*"', "id": "echo 0"}
    ran = make(checkout, "browser", path=bin_only(programs))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].split("--no-install-recommends")[1].split() == installed.split()


def test_without_apt_one_sentence_says_what_to_do(checkout, bin_only):
    ran = make(checkout, "browser", path=bin_only())
    assert ran.returncode
    assert "There is no apt-get here" in ran.stderr


def test_who_is_not_root_and_has_no_sudo_is_told(checkout, bin_only):
    path = bin_only({"apt-get": "exit 9", "id": "echo 1000"})
    ran = make(checkout, "browser", path=path)
    assert ran.returncode
    assert "there is no sudo here" in ran.stderr


def test_the_browser_is_installed_through_sudo_by_who_is_not_root(checkout, bin_only):
    path = bin_only({"apt-get": 'echo "apt-get $*"', "sudo": 'echo sudo; exec "$@"', "id": "echo 1000"})
    ran = make(checkout, "browser", path=path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("sudo") == 2
    assert "chromium fonts-noto-cjk libreoffice-writer-nogui fonts-noto-cjk poppler-utils" in ran.stdout


def test_bench_runs_every_bench_or_the_one_that_is_named(checkout):
    stamped(checkout)
    home = checkout / ".venv" / "bin"
    home.mkdir()
    (home / "python").write_text('#!/bin/sh\necho "ran $*"\n')
    (home / "python").chmod(0o755)
    (checkout / "bench").mkdir()
    for name in ("campaign.py", "ledger.py", "_part.py"):
        (checkout / "bench" / name).touch()
    ran = make(checkout, "bench").stdout
    assert [line for line in ran.splitlines() if line.startswith("ran")] == [
        "ran -m bench.campaign",
        "ran -m bench.ledger",
    ]
    assert "campaign" not in make(checkout, "bench", "BENCHES=ledger").stdout


def test_ci_calls_the_browser_and_then_every_check(root):
    script = root / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = [
        line
        for line in script.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "cd "))
    ]
    assert lines == ["set -euo pipefail", "make browser", "make test"]
