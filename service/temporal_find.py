"""The ways to a Temporal server on this machine, in order; says which was taken and why."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.temporal_error import TemporalError
from service.temporal_go import GO_NEEDED
from service.temporal_process import Child, quiet_environment
from service.temporal_programs import SERVER_VERSION, Built, build, built, sha256

CLI_NEEDED: Final = (1, 9)
DOWNLOAD_S: Final = 10

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Way:
    """How a server is started here: by a `temporal` CLI, or by the two official programs."""

    why: str
    cli: Path | None = None
    programs: Built | None = None


async def find_way(cache_dir: Path, say: Say) -> Way:
    """Find the first way that works: CLI on the PATH, CLI downloaded, official server built.

    What an earlier run downloaded or built is taken before anything is fetched again.

    Raises:
        TemporalError: `temporal.none`, naming what was tried and what to install.

    """
    on_path, passed_over = await asyncio.to_thread(_on_path)
    if on_path is not None:
        return Way(f"the temporal CLI on the PATH ({on_path})", cli=on_path)
    because = f"; {passed_over}" if passed_over else ""
    folder = cache_dir / "temporal" / "cli"
    kept = await asyncio.to_thread(_downloaded, folder)
    if kept is not None:
        return Way(f"the temporal CLI that the SDK downloaded into the cache{because}", cli=kept)
    done = await asyncio.to_thread(built, cache_dir)
    if done is None:
        say("Looking for a Temporal server to download, for ten seconds at most")
        kept = await _download(folder)
        if kept is not None:
            return Way(f"the temporal CLI that the SDK's downloader fetched{because}", cli=kept)
        try:
            done = await build(cache_dir, say)
        except TemporalError as error:
            needed = ".".join(map(str, GO_NEEDED))
            raise TemporalError(
                "temporal.none",
                f"no Temporal server can be had here: {passed_over or 'no temporal CLI is on PATH'}, none "
                f"could be downloaded, and none could be built ({error}); install the Temporal CLI 1.9 or "
                f"later, or Go {needed} or later, or set TOCSIN_TEMPORAL_ADDRESS to a running server",
            ) from error
        because += "; no temporal CLI could be downloaded"
    return Way(
        f"the official server {SERVER_VERSION}, built by go install into the cache{because}", programs=done
    )


def cli_version(program: Path) -> tuple[int, ...] | None:
    """Ask a `temporal` for its version; None when it does not say."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program found on the PATH, as the shell would
            [program, "--version"],
            env=quiet_environment(),
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    said = re.search(r"\bversion v?(\d+)\.(\d+)(?:\.(\d+))?", answer.stdout)
    return None if said is None else tuple(int(number) for number in said.groups(default="0"))


def _on_path() -> tuple[Path | None, str]:
    program = shutil.which("temporal")
    if program is None:
        return None, ""
    version = cli_version(Path(program))
    if version is None:
        return None, f"the temporal CLI at {program} was passed over, as it does not tell its version"
    if version < CLI_NEEDED:
        told = ".".join(map(str, version))
        return None, f"the temporal CLI {told} on the PATH was passed over, as it is older than 1.9"
    return Path(program), ""


def _downloaded(folder: Path) -> Path | None:
    """Find the downloaded CLI whose file is still the one that was recorded at its first use."""
    # A half downloaded file would make the next attempt wait for whoever is writing it.
    for half in folder.glob("*.downloading"):
        half.unlink(missing_ok=True)
    for program in sorted(folder.glob("temporal*"), reverse=True):
        if program.suffix == ".sha256" or not os.access(program, os.X_OK):
            continue
        digest, record = sha256(program), program.with_name(f"{program.name}.sha256")
        if not record.exists() and (cli_version(program) or (0,)) >= CLI_NEEDED:
            record.write_text(f"{digest}  {program.name}\n", encoding="utf-8")
        if record.exists() and record.read_text(encoding="utf-8").startswith(digest):
            return program
    return None


async def _download(folder: Path) -> Path | None:
    """Let the SDK's own downloader try, in a process of its own: only so can it be ended in time."""
    try:
        child = _downloader(folder)
    except OSError:
        # The build says what is the matter with the cache.
        return None
    try:
        await child.wait(DOWNLOAD_S)
    finally:
        await child.kill()
    return await asyncio.to_thread(_downloaded, folder)


def _downloader(folder: Path) -> Child:
    folder.mkdir(parents=True, exist_ok=True)
    script = str(Path(__file__).with_name("temporal_download.py"))
    return Child([sys.executable, script, str(folder)], log=folder / "download.log")
