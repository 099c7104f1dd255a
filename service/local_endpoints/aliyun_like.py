"""An HTTP endpoint that speaks Aliyun SMS's documented answers, and reports what becomes of a message.

SendSms, SendBatchSms and QuerySendDetails of Dysmsapi 2017-05-25, with the signature checked; reports are
pushed in JSON arrays as HTTP batch push does. `taken` is the truth about what it took.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from notifiers.aliyun_line import MOST, signed
from service.local_endpoints.local_server import LocalServer
from service.local_endpoints.twilio_answers import Cut, Silent
from service.local_endpoints.twilio_fault import ProviderFault, Turn

_ZONE = ZoneInfo("Asia/Shanghai")
_HOME_DIGITS = 11


@dataclass(slots=True)
class Taken:
    """A message to one number that the endpoint took; `status` is 1 waiting, 2 failed, 3 delivered."""

    number: str
    template: str
    params: dict[str, str]
    sign_name: str
    out_id: str
    biz_id: str
    at: datetime
    status: int = 1
    err_code: str = ""


class AliyunLike:
    """The endpoint; `async with AliyunLike(...) as provider` serves it on `provider.url`.

    With a `push_url`, each message is reported there as delivered, or with the word of an UNDELIVERED fault.
    """

    def __init__(  # noqa: PLR0913 - what a script may say
        self,
        *,
        key_id: str = "key-of-the-local-endpoint",
        key_secret: str = "secret-of-the-local-endpoint",  # noqa: S107 - a server for tests, never a secret
        templates: frozenset[str] = frozenset({"SMS_1"}),
        faults: tuple[ProviderFault, ...] = (),
        push_url: str = "",
        port: int = 0,
    ) -> None:
        self.key_id = key_id
        self.key_secret = key_secret
        self.templates = templates
        self.faults = list(faults)
        self.push_url = push_url
        self.taken: list[Taken] = []
        self.requests = 0
        self.push_answers: list[int] = []
        self._server = LocalServer(Starlette(routes=[Route("/", self._answer, methods=["POST"])]), port)

    @property
    def url(self) -> str:
        """The base URL that stands in for Aliyun's own."""
        return self._server.url

    async def push(self) -> None:
        """Report everything that waits, in one batch, in no particular order."""
        waiting = [one for one in self.taken if one.status == 1]
        for one in waiting:
            one.status, one.err_code = (2, one.err_code) if one.err_code else (3, "DELIVERED")
        async with httpx.AsyncClient(timeout=10.0, trust_env=False) as client:
            answer = await client.post(self.push_url, json=[_report(one) for one in reversed(waiting)])
        self.push_answers.append(answer.status_code)

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

    async def _answer(self, request: Request) -> Response:  # noqa: PLR0911 - one for each way
        self.requests += 1
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        content = await request.body()
        if (wrong := self._unsigned(request, query, content)) is not None:
            return wrong
        form = query | dict(parse_qsl(content.decode(), keep_blank_values=True))
        action = request.headers["x-acs-action"]
        if action == "QuerySendDetails":
            return self._details(form)
        several = action == "SendBatchSms"
        numbers = json.loads(form["PhoneNumberJson"]) if several else [form["PhoneNumbers"]]
        params = json.loads(form["TemplateParamJson" if several else "TemplateParam"])
        signs = json.loads(form["SignNameJson"]) if several else [form["SignName"]]
        fault = next((one for one in self.faults if any(one.strikes(number) for number in numbers)), None)
        if fault is not None and (spoiled := _not_taken(fault)) is not None:
            return spoiled
        if not all(number.isdigit() and len(number) >= _HOME_DIGITS - 3 for number in numbers):
            return _said("isv.MOBILE_NUMBER_ILLEGAL")
        if form["TemplateCode"] not in self.templates:
            return _said("isv.SMS_TEMPLATE_ILLEGAL")
        if len(numbers) > MOST:
            return _said("isv.MOBILE_COUNT_OVER_LIMIT")
        biz_id = f"{secrets.randbelow(10**18):018d}^0"
        for number, filled, sign in zip(numbers, params if several else [params], signs, strict=True):
            made = Taken(
                number, form["TemplateCode"], json.loads(filled) if isinstance(filled, str) else filled,
                sign, form.get("OutId", ""), biz_id, datetime.now(UTC),
            )  # fmt: skip
            if fault is not None and fault.turn is Turn.UNDELIVERED:
                made.err_code = fault.word
            self.taken.append(made)
        return _after(fault) or JSONResponse(
            {"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": secrets.token_hex(8)}
        )

    def _unsigned(self, request: Request, query: dict[str, str], content: bytes) -> Response | None:
        head = request.headers
        if f"Credential={self.key_id}," not in head.get("authorization", ""):
            return _said("InvalidAccessKeyId.NotFound", 404)
        at = datetime.strptime(head["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        right = signed(
            head["x-acs-action"],
            query,
            content,
            host=head["host"],
            key=(self.key_id, self.key_secret),
            at=at,
            nonce=head["x-acs-signature-nonce"],
        )
        return (
            None if right["Authorization"] == head["authorization"] else _said("SignatureDoesNotMatch", 400)
        )

    def _details(self, form: dict[str, str]) -> Response:
        found = [
            one
            for one in reversed(self.taken)
            if one.number == form["PhoneNumber"] and f"{one.at.astimezone(_ZONE):%Y%m%d}" == form["SendDate"]
        ]
        size, page = int(form["PageSize"]), int(form["CurrentPage"])
        return JSONResponse(
            {
                "Code": "OK",
                "Message": "OK",
                "RequestId": secrets.token_hex(8),
                "TotalCount": len(found),
                "SmsSendDetailDTOs": {
                    "SmsSendDetailDTO": [_detail(one) for one in found[(page - 1) * size : page * size]]
                },
            }
        )


def _not_taken(fault: ProviderFault) -> Response | None:
    match fault.turn:
        case Turn.THROTTLED:
            wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return _said("Throttling.User", 429, wait)
        case Turn.REFUSED:
            return _said(fault.word, fault.status)
        case Turn.BROKEN:
            return _said("ServiceUnavailable", 503)
        case Turn.SILENT:
            return Silent()
    return None


def _after(fault: ProviderFault | None) -> Response | None:
    match fault.turn if fault is not None else None:
        case Turn.BROKEN_AFTER:
            return _said("InternalError", 500)
        case Turn.SILENT_AFTER:
            return Silent()
        case Turn.CUT_AFTER:
            return Cut()
        case Turn.GARBLED_AFTER:
            return Response("<html>not JSON", status_code=200)
    return None


def _said(code: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"Code": code, "Message": "as the script says", "RequestId": "0"}, status, headers)


def _time(at: datetime) -> str:
    return f"{at.astimezone(_ZONE):%Y-%m-%d %H:%M:%S}"


def _detail(one: Taken) -> dict[str, Any]:
    return {
        "PhoneNum": one.number,
        "SendDate": _time(one.at),
        "SendStatus": one.status,
        "ErrCode": one.err_code if one.status != 1 else "",
        "OutId": one.out_id,
        "TemplateCode": one.template,
        "Content": f"【{one.sign_name}】",
    }


def _report(one: Taken) -> dict[str, Any]:
    return {
        "phone_number": one.number,
        "send_time": _time(one.at),
        "report_time": _time(one.at),
        "success": one.err_code == "DELIVERED",
        "err_code": one.err_code,
        "err_msg": "",
        "sms_size": "1",
        "biz_id": one.biz_id,
        "out_id": one.out_id,
    }
