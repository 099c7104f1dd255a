"""The auditor beside `tocsin up`: a process of its own, so that no fault of the engine can silence it."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

AGAIN_SECONDS: Final = 10
LEAVE_SECONDS: Final = 30


class Companion:
    """Starts the auditor, and again whenever it ends by itself."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Have it run from now on."""
        self._keeping = asyncio.create_task(self._keep())

    async def end(self, *, well: bool) -> None:
        """End it; where the engine does not leave in good order, it is left to say so and to go by itself."""
        if self._keeping is None:
            return
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        if process.stdin is not None:
            if well:
                process.stdin.write(b"bye\n")
            process.stdin.close()
        if not well:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), LEAVE_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def _keep(self) -> None:
        while True:
            # In a session of its own: Ctrl-C is for the engine, which takes its leave of the auditor itself.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "cli.main",
                "auditor",
                "--beside",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
            code = await self._process.wait()
            self._say(f"The auditor ended by itself (exit code {code}) and is started again.")
            await asyncio.sleep(AGAIN_SECONDS)


@asynccontextmanager
async def companion(say: Callable[[str], None]) -> AsyncIterator[Companion]:
    """Have a companion for the block; started by whoever knows when the engine is ready."""
    found = Companion(say)
    try:
        yield found
    except BaseException:
        await found.end(well=False)
        raise
    await found.end(well=True)
