"""Waiting within a test for a moment that nothing tells of."""

import asyncio


async def until(condition, seconds=20, pause=0.0):
    """Ask again and again; what does not come in so many seconds is a failure."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - nothing tells of these moments
            await asyncio.sleep(pause)
