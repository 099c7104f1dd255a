"""Which server is taken; the programs on the PATH here are scripts that answer as the real ones would."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.temporal_error import TemporalError
from service.temporal_find import cli_version, find_way
from service.temporal_go import go_version
from service.temporal_lock import Claim, exclusive
from service.temporal_process import Child
from service.temporal_programs import SERVER_VERSION, _workplace, built, home

ROOT = Path(__file__).parents[2]

OLD_CLI = 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"'
NEW_CLI = 'echo "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"'
GO = """
case "$1" in
env) echo go{version} ;;
install)
    echo "$*" >> "{asked}"
    echo "go: downloading example 1.0" >&2
    sleep {seconds}
    mkdir -p "$GOBIN" "$GOMODCACHE" && echo "made of $*" > "$GOBIN/server" ;;
esac
"""


def program(folder, name, text):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def only(tmp_path, monkeypatch):
    """A PATH of the system's plain tools and one folder, and a network where nobody answers."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "sleep", "mkdir", "echo"):
        (tools / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{tools}")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
            monkeypatch.setenv(name.lower(), proxy)
        for name in ("NO_PROXY", "no_proxy", "PIP_FIND_LINKS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        yield tmp_path / "bin"


async def test_a_cli_too_old_is_passed_over_and_its_version_named(cache_dir, tmp_path, monkeypatch):
    program(tmp_path / "bin", "temporal", OLD_CLI)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    way = await find_way(cache_dir, print)
    assert "the temporal CLI 1.5.1 on the PATH was passed over, as it is older than 1.9" in way.why
    assert way.cli != tmp_path / "bin" / "temporal"


async def test_a_cli_new_enough_is_taken(only, tmp_path):
    path = program(only, "temporal", NEW_CLI)
    way = await find_way(tmp_path / "cache", print)
    assert (way.cli, way.programs) == (path, None)
    assert not (tmp_path / "cache").exists()


@pytest.mark.usefixtures("only")
async def test_a_downloaded_cli_is_taken_while_it_is_what_it_was(tmp_path):
    path = program(tmp_path, "temporal-cli-1", NEW_CLI)
    kept = tmp_path / "cache" / "temporal" / "cli"
    kept.mkdir(parents=True)
    path = path.rename(kept / path.name)
    assert (await find_way(tmp_path / "cache", print)).cli == path
    path.write_text(path.read_text() + "# altered\n")
    with pytest.raises(TemporalError):
        await find_way(tmp_path / "cache", print)


@pytest.mark.parametrize("text", ["echo hello", "exit 1", "echo 'temporal version next'"])
def test_a_cli_that_does_not_tell_its_version_has_none(tmp_path, text):
    assert cli_version(program(tmp_path, "temporal", text)) is None


def test_a_go_that_does_not_answer_has_no_version(tmp_path):
    assert go_version(program(tmp_path, "go", "exit 1")) is None
    assert go_version(tmp_path / "none") is None


async def test_no_way_at_all_names_what_to_install(only, tmp_path):
    program(only, "temporal", OLD_CLI)
    program(only, "go", GO.format(version="1.21.0", asked=tmp_path / "asked", seconds=0))
    said = []
    with pytest.raises(TemporalError) as refused:
        await find_way(tmp_path / "cache", said.append)
    sentence = str(refused.value)
    assert refused.value.code == "temporal.none"
    assert "\n" not in sentence
    assert "the temporal CLI 1.5.1 on the PATH was passed over" in sentence
    assert "install the Temporal CLI 1.9 or later, or Go 1.26.8 or later" in sentence
    assert "TOCSIN_TEMPORAL_ADDRESS" in sentence
    assert not (tmp_path / "asked").exists()


@pytest.mark.usefixtures("only")
async def test_the_command_answers_in_one_sentence_and_with_4(tmp_path):
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "service.temporal_build"],
        cwd=ROOT,
        env={**os.environ, "TOCSIN_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "no temporal CLI is on PATH" in done.stderr


async def test_two_at_once_build_once_with_progress_and_leave_nothing(only, tmp_path):
    asked, scratch, cache = tmp_path / "asked", tmp_path / "scratch", tmp_path / "cache"
    scratch.mkdir()
    program(only, "go", GO.format(version="1.26.9", asked=asked, seconds=3.2))
    env = {**os.environ, "TOCSIN_CACHE_DIR": str(cache), "TMPDIR": str(scratch)}
    command = [sys.executable, "-m", "service.temporal_build"]
    both = [
        subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220 - the fork is over at once
        for _ in range(2)
    ]
    told = [
        output for output, _ in await asyncio.gather(*(asyncio.to_thread(one.communicate) for one in both))
    ]
    assert [one.returncode for one in both] == [0, 0]
    installs = asked.read_text().splitlines()
    assert [line.rpartition("/")[2] for line in installs] == ["server@v2.54.1", f"server@v{SERVER_VERSION}"]
    builder, waiter = sorted(told, key=lambda output: "is building" in output)
    assert (
        f"Building the Temporal server {SERVER_VERSION} with Go 1.26.9, once: 3 s, 1 modules fetched"
        in builder
    )
    assert "Another process is building the Temporal server; waiting for it (3 s so far)" in waiter
    assert all("Temporal: the official server" in output for output in told)
    assert list(scratch.iterdir()) == []
    done = built(cache)
    assert done.record.go == "1.26.9"
    assert done.record.server.module.endswith(f"@v{SERVER_VERSION}")
    assert done.server.read_text().startswith("made of install")
    # A program that is not what was recorded is no program of ours.
    done.ui.write_text("something else")
    assert built(cache) is None
    (home(cache) / "made.json").write_text("{}")
    assert built(cache) is None


async def test_a_build_that_fails_says_why_and_keeps_its_output(only, tmp_path):
    program(
        only, "go", 'if [ "$1" = env ]; then echo go1.27; else echo "example: no such module" >&2; exit 1; fi'
    )
    with pytest.raises(TemporalError, match="example: no such module") as refused:
        await find_way(tmp_path / "cache", print)
    assert refused.value.code == "temporal.none"
    log = tmp_path / "cache" / "temporal" / "build.log"
    assert str(log) in str(refused.value)
    assert "no such module" in log.read_text()


async def test_a_cancelled_build_ends_its_processes(only, tmp_path):
    running = tmp_path / "running"
    script = f'if [ "$1" = env ]; then echo go1.27.0; else echo $$ > "{running}"; sleep 600; fi'
    program(only, "go", script)
    building = asyncio.create_task(find_way(tmp_path / "cache", print))
    until = time.monotonic() + 30
    while not (running.exists() and running.read_text().strip()):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    with pytest.raises(ProcessLookupError):
        os.kill(int(running.read_text()), 0)


def test_a_disk_without_room_for_the_build_is_told(tmp_path):
    with pytest.raises(TemporalError, match=r"GiB free for a time.*TMPDIR") as refused:
        _workplace(tmp_path, needed=1 << 62)
    assert refused.value.code == "temporal.disk_full"


@pytest.mark.usefixtures("only")
async def test_a_cache_that_cannot_be_used_is_told(tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(TemporalError, match=r"the cache .* cannot be used") as refused:
        await find_way(tmp_path / "cache", print)
    assert refused.value.code == "temporal.none"


async def test_a_claim_is_held_by_one_and_waited_for_by_others(tmp_path):
    claim = Claim.take(tmp_path / "lock")
    assert Claim.take(tmp_path / "lock") is None
    waits = []

    async def wait():
        async with exclusive(tmp_path / "lock", waits.append):
            return "mine"

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert not waiting.done()
    claim.release()
    assert await waiting == "mine"


async def test_a_child_that_ignores_sigterm_is_killed(tmp_path):
    deaf = program(tmp_path, "deaf", "trap '' TERM; echo ready; while true; do sleep 600; done")
    child = Child([str(deaf)], log=tmp_path / "log")
    until = time.monotonic() + 20
    while "ready" not in child.last_words():
        assert time.monotonic() < until
        await asyncio.sleep(0.02)
    await child.stop(seconds=0.2)
    assert child.ended == -9


def test_the_watcher_ends_what_its_parent_left():
    """Where the system does not end children with their parent, a watcher does."""
    guard = ROOT / "service" / "temporal_guard.py"
    with subprocess.Popen(["sleep", "600"]) as left, subprocess.Popen(["sleep", "600"]) as taken_back:
        watcher = subprocess.Popen([sys.executable, "-I", "-S", guard, "watch"], stdin=subprocess.PIPE)
        watcher.communicate(f"+{left.pid}\n+{taken_back.pid}\n-{taken_back.pid}\n".encode())
        assert left.wait(timeout=20) == -9
        assert taken_back.poll() is None
        taken_back.kill()
