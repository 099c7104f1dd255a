"""An HTTP endpoint that speaks WeCom's documented answers; `taken` is the truth about what it took."""

import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.local_endpoints.local_server import LocalServer
from service.local_endpoints.twilio_answers import Cut, Silent
from service.local_endpoints.twilio_fault import ProviderFault, Turn


@dataclass(frozen=True, slots=True)
class Told:
    """A text that the endpoint took for one member."""

    member: str
    text: str


class WecomLike:
    """The endpoint; `async with WecomLike(...) as provider` serves it on `provider.url`.

    A REFUSED fault answers with its `code` as errcode. `withdraw()` makes the tokens given so far worthless.
    """

    def __init__(self, *, faults: tuple[ProviderFault, ...] = (), port: int = 0) -> None:
        self.corp_id = "corp-of-the-local-endpoint"
        self.secret = "secret-of-the-local-endpoint"  # noqa: S105 - a server for tests, never a secret
        self.agent_id = 1000002
        self.members_unknown: frozenset[str] = frozenset()
        self.faults = list(faults)
        self.taken: list[Told] = []
        self.tokens = 0
        self.requests = 0
        self._token = ""
        routes = [
            Route("/cgi-bin/gettoken", self._given, methods=["GET"]),
            Route("/cgi-bin/message/send", self._sent, methods=["POST"]),
        ]
        self._server = LocalServer(Starlette(routes=routes), port)

    @property
    def url(self) -> str:
        """The base URL that stands in for WeCom's own."""
        return self._server.url

    def withdraw(self) -> None:
        """Take the token back before its time."""
        self._token = ""

    async def __aenter__(self) -> Self:
        await self._server.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop()

    async def _given(self, request: Request) -> Response:
        self.tokens += 1
        if request.query_params.get("corpid") != self.corp_id:
            return _said(40013)
        if request.query_params.get("corpsecret") != self.secret:
            return _said(40001)
        self._token = secrets.token_hex(16)
        return JSONResponse({"errcode": 0, "errmsg": "ok", "access_token": self._token, "expires_in": 7200})

    async def _sent(self, request: Request) -> Response:
        self.requests += 1
        if not self._token or request.query_params.get("access_token") != self._token:
            return _said(42001)
        body = await request.json()
        member = body["touser"]
        fault = next((one for one in self.faults if one.strikes(member)), None)
        if (spoiled := _not_taken(fault)) is not None:
            return spoiled
        if body["agentid"] != self.agent_id:
            return _said(40056)
        if member in self.members_unknown:
            return JSONResponse({"errcode": 0, "errmsg": "ok", "invaliduser": member, "msgid": "m"})
        self.taken.append(Told(member, body["text"]["content"]))
        return _after(fault) or JSONResponse(
            {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": secrets.token_hex(8)}
        )


def _not_taken(fault: ProviderFault | None) -> Response | None:
    match fault.turn if fault is not None else None:
        case Turn.REFUSED:
            return _said(fault.code, fault.status) if fault is not None else None
        case Turn.THROTTLED:
            return _said(45009)
        case Turn.BROKEN:
            return Response("", 502)
        case Turn.SILENT:
            return Silent()
    return None


def _after(fault: ProviderFault | None) -> Response | None:
    match fault.turn if fault is not None else None:
        case Turn.BROKEN_AFTER:
            return Response("", 500)
        case Turn.SILENT_AFTER:
            return Silent()
        case Turn.CUT_AFTER:
            return Cut()
        case Turn.GARBLED_AFTER:
            return Response("<html>not JSON")
    return None


def _said(code: int, status: int = 200) -> Response:
    return JSONResponse({"errcode": code, "errmsg": "as the script says"}, status)
