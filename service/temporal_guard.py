"""Start a server that ends with the process that started it; a script, run by its path.

`temporal_guard.py PARENT PROGRAM ARGUMENT…` becomes PROGRAM after asking Linux to kill it when
PARENT ends. `temporal_guard.py watch` is for systems without that request: it reads `+PID` and
`-PID` lines and kills what is still listed when its standard input closes.

Only the standard library is imported: the interpreter runs isolated (`-I -S`) to start at once.
"""

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def leash(parent: int, command: list[str]) -> None:
    """Replace this process by `command`, which SIGKILL meets as soon as `parent` is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # The parent died before the request took effect, so no signal will ever come.
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - becoming that program is what this script is for


def watch() -> None:
    """Kill the listed processes once standard input closes, that is when the parent has ended."""
    listed: set[int] = set()
    for line in sys.stdin:
        (listed.add if line.startswith("+") else listed.discard)(int(line[1:]))
    for pid in listed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch()
    else:
        leash(int(sys.argv[1]), sys.argv[2:])
