"""Make sure that a Temporal server can be started on this machine: `python -m service.temporal_build`.

`make setup` calls it, so that nothing later has to wait for a download or a build. Exit code 0, or
4 with one sentence when no server can be had. `TOCSIN_CACHE_DIR` names another cache.
"""

import asyncio
import sys

from service.place import cache_dir
from service.temporal_error import TemporalError
from service.temporal_find import find_way

UNREACHABLE = 4


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Find, download or build a server and say which; return the exit code."""
    try:
        way = asyncio.run(find_way(cache_dir(), _say))
    except TemporalError as error:
        sys.stderr.write(f"{error}\n")
        return UNREACHABLE
    _say(f"Temporal: {way.why}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
