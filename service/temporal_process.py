import asyncio
import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_GUARD = str(Path(__file__).with_name("temporal_guard.py"))
_POLL_S = 0.02


class Child:
    """A program of our own: its output goes to a file, and it ends when this process ends.

    It gets its own process group, so that Ctrl-C reaches the worker first and the server last.
    On Linux "this process" is the thread that starts it, so start it from one that stays.
    """

    def __init__(self, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> None:
        """Start `command` (its first word a path).

        Raises:
            OSError: if the log cannot be written or the interpreter cannot be started.

        """
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the commands are our own, no shell is asked
                [sys.executable, "-I", "-S", _GUARD, str(os.getpid()), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=quiet_environment() if env is None else dict(env),
                process_group=0,
            )
        _announce(f"+{self.pid}")

    @property
    def pid(self) -> int:
        """The process id of the program itself: the guard has become it."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """Its exit status (negative: the signal that ended it), or None while it runs."""
        status = self._process.poll()
        if status is not None:
            _announce(f"-{self.pid}")
        return status

    async def wait(self, seconds: float) -> bool:
        """Wait until it has ended, at most so long; tell whether it has."""
        until = time.monotonic() + seconds
        while self.ended is None:
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    async def stop(self, seconds: float = 10) -> None:
        """Ask it to end, and after `seconds` make it; its whole group goes with it."""
        self._signal(signal.SIGTERM)
        if not await self.wait(seconds):
            await self.kill()

    async def kill(self) -> None:
        """End it as a power cut would, with its whole group."""
        self._signal(signal.SIGKILL)
        await self.wait(10)

    def _signal(self, which: signal.Signals) -> None:
        if self.ended is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, which)

    def last_words(self, lines: int = 40) -> str:
        """The end of its output, for telling why it ended; empty when there is none."""
        try:
            with self.log.open("rb") as output:
                output.seek(0, os.SEEK_END)
                output.seek(max(0, output.tell() - 65_536))
                return "\n".join(output.read().decode(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


def quiet_environment() -> dict[str, str]:
    """This process's environment without our settings (some are secret) and without calls home."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "TEMPORAL_"))
    }
    return {**kept, "TEMPORAL_VERSION_CHECK_DISABLED": "1"}


def _announce(line: str) -> None:
    """Tell the watcher, where the system itself does not end children with their parent."""
    if sys.platform == "linux":
        return
    pipe = _watcher().stdin
    if pipe is not None:
        with contextlib.suppress(OSError):
            pipe.write(f"{line}\n".encode())
            pipe.flush()


@functools.cache
def _watcher() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-I", "-S", _GUARD, "watch"],
        stdin=subprocess.PIPE,
        process_group=0,
    )
