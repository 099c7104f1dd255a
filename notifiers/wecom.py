"""Messages to persons in WeCom (企业微信), from an application of the organisation's own.

The API: `/cgi-bin/gettoken` gives an access token for two hours, `/cgi-bin/message/send` takes a text for one
`touser`. `duplicate_check` makes the provider drop the same text to the same person within four hours, so a
repeat of an attempt in doubt would not be read twice; an outcome in doubt is `Unknown` all the same.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable
from notifiers.gathered import Gathered
from notifiers.port import Accepted, Answer, Message, Reference, Verdict
from notifiers.web_line import WebLine

_LONGEST = 2048
"""Bytes of a text that the API takes; it would cut the rest off."""

_DUPLICATE_S = 14_400
_STALE = frozenset({40014, 42001})
"""The token is not valid, or no longer."""

REFUSED: dict[int, str] = {
    60111: "there is no such member",
    81013: "none of the recipients may receive from this application",
    40031: "the member's id is not valid",
    40003: "the member's id is not valid",
}
MISCONFIGURED: dict[int, str] = {
    40001: "the application's secret is wrong",
    40013: "the organisation's id is wrong",
    40056: "the application's id is wrong",
    40091: "the application's secret is wrong",
    41002: "the organisation's id is missing",
    41004: "the application's secret is missing",
    48002: "the application may not call this",
    50001: "the address called from is not trusted",
    60020: "this machine's address is not among the application's trusted ones",
    301002: "the application may not do this",
}
UNREACHABLE: dict[int, float] = {45009: 60.0, 45033: 10.0, 45024: 3600.0}
"""Seconds to wait: too often, too many at once, too many a day."""

_DOUBTFUL = frozenset({-1, 50000})


@dataclass(frozen=True, slots=True)
class WecomApp:
    """The application we send from; `connect` and `reply` are seconds."""

    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    base_url: str = "https://qyapi.weixin.qq.com"
    concurrency: int = 8
    connect: float = 10.0
    reply: float = 30.0


def _now() -> datetime:
    return datetime.now(UTC)


class WecomNotifier(Gathered):
    """The instant-messaging channel to persons; a message's `to` is the member's id in the organisation.

    Codes: `wecom.<errcode>`, `wecom.too_long`, `wecom.member` and those of `WebLine`. There is no way to ask
    about a message later.
    """

    channel = "im"

    def __init__(self, app: WecomApp, now: Callable[[], datetime] = _now) -> None:
        super().__init__(app.concurrency)
        self._app = app
        self._now = now
        self._line = WebLine(
            "wecom", app.base_url, concurrency=app.concurrency, connect=app.connect, reply=app.reply
        )
        self._token = ""
        self._fetching = asyncio.Lock()

    async def send(self, message: Message) -> Accepted:
        """Send one text to one member; see `Notifier.send`."""
        if not message.to or set(message.to) & set("|@ \r\n\t"):
            # `|` would name several members, and `@all` everybody.
            raise Refused("wecom.member", "that is no id of one member")
        if len(message.text.encode(errors="replace")) > _LONGEST:
            raise Refused("wecom.too_long", "the text exceeds what a message may carry")
        token = await self._valid("")
        said = await self._posted(message, token)
        if said.get("errcode") in _STALE:
            # It was not taken: the token had been withdrawn before its time.
            said = await self._posted(message, await self._valid(token))
        code = said.get("errcode")
        if code != 0:
            raise judged(code)
        if said.get("invaliduser") or said.get("unlicenseduser"):
            raise Refused("wecom.81013", REFUSED[81013])
        return Accepted(f"wecom:{said.get('msgid') or message.reference}", self._now(), "wecom.0")

    async def look_up(self, reference: Reference) -> Verdict:  # noqa: ARG002 - it cannot be asked
        """Say that WeCom cannot be asked."""
        return Verdict(Answer.CANNOT_TELL, code="wecom.no_memory")

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._line.aclose()

    async def _posted(self, message: Message, token: str) -> dict[str, Any]:
        body = {
            "touser": message.to,
            "msgtype": "text",
            "agentid": self._app.agent_id,
            "text": {"content": message.text},
            "enable_duplicate_check": 1,
            "duplicate_check_interval": _DUPLICATE_S,
        }
        said = await self._line.call(
            "/cgi-bin/message/send",
            params={"access_token": token},
            content=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            acting=True,
        )
        return _body(said.status, said.body, said.wait)

    async def _valid(self, stale: str) -> str:
        """A token other than the stale one; fetched once, however many wait for it."""
        async with self._fetching:
            if self._token == stale:
                said = await self._line.call(
                    "/cgi-bin/gettoken",
                    params={"corpid": self._app.corp_id, "corpsecret": self._app.secret},
                    acting=False,
                    method="GET",
                )
                body = _body(said.status, said.body, said.wait)
                token = body.get("access_token")
                if body.get("errcode") not in (0, None) or not (isinstance(token, str) and token):
                    error = judged(body.get("errcode"))
                    # Nothing is sent by asking for a token.
                    raise Unreachable(None, error.code) if isinstance(error, Unknown) else error
                self._token = token
            return self._token


def judged(code: object) -> NotifierError:
    """Say what an errcode other than 0 means; an unknown one is taken for our own mistake."""
    if not isinstance(code, int) or code == 0:
        return Unknown("wecom.garbled")
    name = f"wecom.{code}"
    if code in _DOUBTFUL:
        return Unknown(name)
    if code in UNREACHABLE:
        return Unreachable(UNREACHABLE[code], name)
    if code in REFUSED:
        return Refused(name, REFUSED[code])
    return Misconfigured(name, MISCONFIGURED.get(code, "WeCom refuses the request itself"))


def _body(status: int, body: dict[str, Any], wait: float | None) -> dict[str, Any]:
    if status == 429:  # noqa: PLR2004 - Too Many Requests
        raise Unreachable(30.0 if wait is None else wait, "wecom.http.429")
    if not 200 <= status < 300:  # noqa: PLR2004 - success
        raise Misconfigured(f"wecom.http.{status}", "WeCom refuses the request itself")
    return body
