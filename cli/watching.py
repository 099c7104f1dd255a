"""Look at something again and again: a terminal is redrawn in place, a pipe gets a line of JSON a change."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from cli.output import write_json_line

if TYPE_CHECKING:
    from rich.table import Table

TICK_S = 1.0
Seen = TypeVar("Seen")


def watch(found: Callable[[], Seen], drawn: "Callable[[Seen], Table] | None", seconds: float | None) -> None:
    """Watch until Ctrl-C, or for so many seconds.

    Args:
        found: what there is to see now.
        drawn: how a terminal shows it; None for JSON.
        seconds: how long; None for ever.

    """
    until = time.monotonic() + seconds if seconds is not None else None
    try:
        if drawn is None:
            _follow(found, until)
        else:
            _redraw(lambda: drawn(found()), until)
    except KeyboardInterrupt:
        # The way a watch is left; nothing was being written.
        return


def _follow(found: Callable[[], Seen], until: float | None) -> None:
    before: Seen | None = None
    while True:
        seen = found()
        if seen != before:
            write_json_line(seen)
            sys.stdout.flush()
            before = seen
        if _over(until):
            return
        time.sleep(TICK_S)


def _redraw(drawn: "Callable[[], Table]", until: float | None) -> None:
    from rich.console import Console  # noqa: PLC0415 - only who watches needs a live screen
    from rich.live import Live  # noqa: PLC0415 - as above

    console = Console(highlight=False, emoji=False, markup=False)
    with Live(console=console, auto_refresh=False, vertical_overflow="ellipsis") as live:
        while True:
            live.update(drawn(), refresh=True)
            if _over(until):
                return
            time.sleep(TICK_S)


def _over(until: float | None) -> bool:
    return until is not None and time.monotonic() >= until
