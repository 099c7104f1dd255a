"""Waiting for what must come, and never for time."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(found: Callable[[], Awaitable[object]], seconds: float = 30):
    """Ask until there is an answer; an answer that does not come is a failure."""
    end = time.monotonic() + seconds
    while not (value := await found()):
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.05)
    return value
