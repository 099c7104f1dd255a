"""A Chromium's own wire, the DevTools Protocol: commands go out, answers and the page's events come in."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

# A picture of a long page comes in one message.
_LONGEST: Final = 128 * 2**20
# Events that nobody waits for are let go, so that a chatty page fills no memory.
_KEPT: Final = 1000

Said = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - one plain word for what happened
    """The browser answered a command with an error, or is gone."""


class DevTools:
    """One browser and, once `attached`, one page of it; open it by `connected`."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Said]] = {}
        self._session: dict[str, str] = {}
        self.events: asyncio.Queue[tuple[str, Said]] = asyncio.Queue(_KEPT)

    @classmethod
    @asynccontextmanager
    async def connected(cls, address: str) -> AsyncIterator["DevTools"]:
        """Speak with the browser behind a `ws://` address for the block."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, max_msg_size=_LONGEST) as line,
        ):
            tools = cls(line)
            listening = asyncio.create_task(tools._listen())
            try:
                yield tools
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def attach(self) -> None:
        """Open an empty page, which every later command is for."""
        target = await self.ask("Target.createTarget", url="about:blank")
        found = await self.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = {"sessionId": found["sessionId"]}

    async def ask(self, method: str, **params: Any) -> Said:  # noqa: ANN401 - the protocol's own values
        """Give a command and wait for its answer.

        Raises:
            Refusal: the browser does not do it, or is gone.

        """
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._line.send_str(
                json.dumps({"id": number, "method": method, "params": params, **self._session})
            )
            said = await answer
        except aiohttp.ClientError as error:
            raise Refusal(type(error).__name__) from None
        finally:
            del self._waiting[number]
        if "error" in said:
            raise Refusal(str(said["error"].get("message", "")))
        result: Said = said["result"]
        return result

    async def _listen(self) -> None:
        async for message in self._line:
            said = json.loads(message.data)
            if (waiting := self._waiting.get(said.get("id", 0))) and not waiting.done():
                waiting.set_result(said)
            elif "method" in said and not self.events.full():
                self.events.put_nowait((said["method"], said.get("params", {})))
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_result({"error": {"message": "the browser is gone"}})
