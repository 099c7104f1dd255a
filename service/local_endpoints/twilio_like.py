"""An HTTP endpoint that speaks Twilio's documented REST answers, and reports what becomes of a message.

Message and Call resources of the 2010-04-01 API: create, fetch, list by `To`; errors in Twilio's envelope;
status callbacks signed as Twilio signs them. `created` is the truth about what it took.
"""

import asyncio
import base64
import secrets
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped] # twilio ships no types

from service.local_endpoints.local_server import LocalServer
from service.local_endpoints.twilio_answers import AFTER, NOT_TAKEN, error, not_taken, wrong
from service.local_endpoints.twilio_fault import ProviderFault, Turn

CALLBACKS_AT_ONCE = 8
_ROOT = "/2010-04-01/Accounts"


@dataclass(slots=True)
class Created:
    """A message or a call that the endpoint took; `kind` is `Messages` or `Calls`."""

    kind: str
    sid: str
    to: str
    sender: str
    body: str
    callback: str
    created: datetime
    status: str = "queued"
    error_code: int | None = None
    history: list[str] = field(default_factory=list)


class TwilioLike:
    """The endpoint; `async with TwilioLike(...) as provider` serves it on `provider.url`.

    With `callbacks`, each created message goes through `sent` and `delivered`, each call through
    `in-progress` and `completed`, and every change is posted to the StatusCallback it came with.
    """

    def __init__(
        self,
        *,
        account_sid: str = "AC" + "0" * 32,
        auth_token: str = "token-of-the-local-endpoint",  # noqa: S107 - a server for tests, never a secret
        faults: tuple[ProviderFault, ...] = (),
        callbacks: bool = True,
        port: int = 0,
    ) -> None:
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.faults = list(faults)
        self.callbacks = callbacks
        self.created: list[Created] = []
        self.requests = 0
        self.callback_answers: list[int] = []
        self._by_sid: dict[str, Created] = {}
        self._reports: set[asyncio.Task[None]] = set()
        # httpx looks through its whole queue for every request: thousands at once would stand still.
        self._posting = asyncio.Semaphore(CALLBACKS_AT_ONCE)
        self._client: httpx.AsyncClient | None = None
        self._validator = RequestValidator(auth_token)
        account = f"{_ROOT}/{{account}}"
        self.app = Starlette(
            routes=[
                Route(f"{account}/{{kind}}.json", self._create, methods=["POST"]),
                Route(f"{account}/{{kind}}.json", self._list, methods=["GET"]),
                Route(f"{account}/{{kind}}/{{sid}}.json", self._fetch, methods=["GET"]),
            ],
        )
        self._server = LocalServer(self.app, port)

    @property
    def url(self) -> str:
        """The base URL that stands in for Twilio's own."""
        return self._server.url

    async def start(self) -> None:
        """Serve from now on."""
        # Callbacks go to this machine, in clear; the authorities of the world need not be read for it.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.AsyncClient(timeout=10.0, trust_env=False, verify=nobody)
        await self._server.start()

    async def settled(self) -> None:
        """Wait until every report that is due has been posted."""
        while self._reports:
            await asyncio.gather(*self._reports)

    async def stop(self) -> None:
        """End, giving up reports that nobody takes."""
        # The door first: a request that is still answered would begin another report.
        await self._server.stop()
        for report in list(self._reports):
            report.cancel()
        await asyncio.gather(*self._reports, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _create(self, request: Request) -> Response:
        self.requests += 1
        if (denied := self._denied(request)) is not None:
            return denied
        form = dict(parse_qsl((await request.body()).decode()))
        kind, number = request.path_params["kind"], form.get("To", "")
        fault = next((one for one in self.faults if one.strikes(number)), None)
        turn = fault.turn if fault is not None else None
        if fault is not None and turn in NOT_TAKEN:
            return not_taken(fault)
        if (mistake := wrong(kind, form)) is not None:
            return mistake
        made = self._made(kind, form)
        if fault is not None and turn is Turn.UNDELIVERED:
            made.error_code = fault.code
        self._report(made)
        return AFTER[turn]() if turn in AFTER else JSONResponse(self._resource(made), status_code=201)

    async def _fetch(self, request: Request) -> Response:
        self.requests += 1
        if (denied := self._denied(request)) is not None:
            return denied
        made = self._by_sid.get(request.path_params["sid"])
        if made is None:
            return error(404, 20404, "The requested resource was not found")
        return JSONResponse(self._resource(made))

    async def _list(self, request: Request) -> Response:
        self.requests += 1
        if (denied := self._denied(request)) is not None:
            return denied
        kind, number = request.path_params["kind"], request.query_params.get("To")
        size = int(request.query_params.get("PageSize", "50"))
        page = int(request.query_params.get("Page", "0"))
        found = [one for one in reversed(self.created) if one.kind == kind and number in (None, one.to)]
        part = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        path = f"{_ROOT}/{self.account_sid}/{kind}.json?To={number}&PageSize={size}".replace("+", "%2B")
        return JSONResponse(
            {
                kind.lower(): [self._resource(one) for one in part],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + len(part) - 1,
                "first_page_uri": f"{path}&Page=0",
                "next_page_uri": f"{path}&Page={page + 1}" if more else None,
                "previous_page_uri": None,
                "uri": f"{path}&Page={page}",
            },
        )

    def _denied(self, request: Request) -> Response | None:
        given = request.headers.get("authorization", "").removeprefix("Basic ")
        right = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        if given != right or request.path_params["account"] != self.account_sid:
            return error(401, 20003, "Authenticate")
        return None

    def _made(self, kind: str, form: dict[str, str]) -> Created:
        made = Created(
            kind=kind,
            sid=("SM" if kind == "Messages" else "CA") + secrets.token_hex(16),
            to=form["To"],
            sender=form.get("From", ""),
            body=form.get("Body", form.get("Twiml", "")),
            callback=form.get("StatusCallback", ""),
            created=datetime.now(UTC),
        )
        self.created.append(made)
        self._by_sid[made.sid] = made
        return made

    def _report(self, made: Created) -> None:
        if self.callbacks:
            task = asyncio.get_running_loop().create_task(self._reported(made))
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)

    async def _reported(self, made: Created) -> None:
        ends = ("delivered", "undelivered") if made.kind == "Messages" else ("completed", "failed")
        middle = "sent" if made.kind == "Messages" else "in-progress"
        for status in (middle, ends[made.error_code is not None]):
            made.status = status
            made.history.append(status)
            if made.callback and self._client is not None:
                async with self._posting:
                    await self._posted(made, self._client)

    async def _posted(self, made: Created, client: httpx.AsyncClient) -> None:
        word = "Message" if made.kind == "Messages" else "Call"
        params = {
            f"{word}Sid": made.sid,
            f"{word}Status": made.status,
            "To": made.to,
            "From": made.sender,
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
        }
        if made.error_code is not None and made.status in ("undelivered", "failed"):
            params["ErrorCode"] = str(made.error_code)
        signature = self._validator.compute_signature(made.callback, params)
        for _ in range(3):
            try:
                answer = await client.post(
                    made.callback,
                    data=params,
                    headers={"X-Twilio-Signature": signature},
                )
            except httpx.TransportError:
                self.callback_answers.append(0)
                continue
            self.callback_answers.append(answer.status_code)
            if answer.status_code < 500:  # noqa: PLR2004 - Twilio tries again after 5xx
                return

    def _resource(self, made: Created) -> dict[str, object]:
        path = f"{_ROOT}/{self.account_sid}/{made.kind}/{made.sid}.json"
        sent = None if made.status == "queued" else format_datetime(made.created)
        common: dict[str, object] = {
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "date_created": format_datetime(made.created),
            "date_updated": format_datetime(made.created),
            "direction": "outbound-api",
            "from": made.sender,
            "price": None,
            "price_unit": "USD",
            "sid": made.sid,
            "status": made.status,
            "to": made.to,
            "uri": path,
        }
        if made.kind == "Calls":
            return {**common, "duration": None, "start_time": sent, "end_time": None, "answered_by": None}
        return {
            **common,
            "body": made.body,
            "date_sent": sent,
            "error_code": made.error_code if made.status == "undelivered" else None,
            "error_message": None,
            "messaging_service_sid": None,
            "num_media": "0",
            "num_segments": str(1 + len(made.body) // 70),
            "subresource_uris": {"media": path.replace(".json", "/Media.json")},
        }
