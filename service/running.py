"""A process that goes on until it is asked to leave."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
_SELDOM = (20_000, 20, 50)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end on the fastest event loop there is."""
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop  # noqa: PLC0415 - not to be had on Windows

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def settled() -> None:
    """Take what is loaded by now for good: the collector no longer looks through it at every turn.

    It looks less often besides: a batch makes thousands of small objects, and hardly a cycle among them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def stopping() -> asyncio.Event:
    """Make an event that SIGTERM or SIGINT sets; a second signal then ends the process the hard way."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked(number: signal.Signals) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        # Windows' loops know no signals; there Ctrl-C ends the process at once.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, asked, number)
    return stop
