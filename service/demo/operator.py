"""The demo's operators: type a command, show it and what it did, and look at the outcome."""

import asyncio
import json
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from service.demo.stage import Stage

Say = Callable[[str], None]
_INDENT: Final = "    "


class DemoFailed(Exception):  # noqa: N818 -- what happened, in two words
    """A command of the demo did not end as the script says; the sentence names it."""

    code = "demo.failed"
    exit_code = 1


class Operators:
    """Runs `tocsin` as people would, each command a process of its own."""

    def __init__(self, stage: Stage, say: Say) -> None:
        self._stage = stage
        self._say = say
        self._environment = stage.environment()

    async def type(self, words: str, *, by: str = "", expect: int = 0) -> str:
        """Show a command, run it, show what it said; return that.

        Raises:
            DemoFailed: it ended with another exit code than `expect`.

        """
        arguments = shlex.split(words) + (["--as", by] if by else [])
        self._say(f"$ tocsin {shlex.join(arguments)}")
        code, output = await self._run(arguments, "table")
        for line in output.splitlines():
            self._say(_INDENT + line)
        if code != expect:
            message = f"`tocsin {shlex.join(arguments)}` ended with {code}, not {expect}"
            raise DemoFailed(message)
        return output

    async def ask(self, words: str) -> Any:  # noqa: ANN401 -- whatever JSON the command gives
        """Run a command for its JSON, unseen.

        Raises:
            DemoFailed: it failed.

        """
        code, output = await self._run(shlex.split(words), "json")
        if code:
            message = f"`tocsin {words}` ended with {code}: {output}"
            raise DemoFailed(message)
        return json.loads(output)

    async def until(self, words: str, reached: Callable[[Any], bool], seconds: float) -> Any:  # noqa: ANN401 -- as above
        """Ask again and again until the answer is as wanted.

        Raises:
            DemoFailed: it did not come to that in time.

        """
        answer = await self.reached(words, reached, seconds)
        if answer is None:
            message = f"`tocsin {words}` did not come to what the script waits for"
            raise DemoFailed(message)
        return answer

    async def reached(self, words: str, reached: Callable[[Any], bool], seconds: float) -> Any:  # noqa: ANN401 -- as above
        """Ask again and again until the answer is as wanted; None where it did not come to that in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = await self.ask(words)
            if reached(answer):
                return answer
            await asyncio.sleep(0.3)
        return None

    async def _run(self, arguments: list[str], output: str) -> tuple[int, str]:
        shown = [] if arguments[0] in _PLAIN else ["-o", output]
        process = await asyncio.create_subprocess_exec(
            *_TOCSIN,
            *arguments,
            *shown,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


# Commands that answer in words only.
_PLAIN: Final = frozenset({"init"})
_TOCSIN: Final = (
    (str(script),)
    if (script := Path(sys.executable).with_name("tocsin")).exists()
    else (sys.executable, "-c", "from cli.main import main; main()")
)
