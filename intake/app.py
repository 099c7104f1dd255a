"""The door: one ASGI application for senders, providers, and whoever asks what became of a delivery."""

import asyncio
from datetime import datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from intake import answers
from intake.alerts import PREFIX as ALERTS
from intake.alerts import Alerts
from intake.aliyun import PREFIX as ALIYUN
from intake.aliyun import AliyunReceipts
from intake.answers import Answer
from intake.mail_receipts import PATH as MAIL_RECEIPTS
from intake.mail_receipts import MailReceipts
from intake.naming import Naming
from intake.ports import Ports
from intake.receipts import PREFIX as RECEIPTS
from intake.receipts import TwilioReceipts
from intake.reference import PATHS
from ledger.errors import LedgerUnavailable
from ledger.port import Status


class DeliveryAnswer(BaseModel):
    """What became of a delivery; `code` says why it was quarantined, ignored, or is still waiting."""

    delivery: str
    status: Status
    received_at: datetime
    incidents: tuple[str, ...] = ()
    code: str = ""


class Health(BaseModel):
    """That the door stands."""

    status: str = "ok"


def app(ports: Ports) -> ASGIApp:
    """Compose the door from its ports; the pump runs beside it, over the same ports."""
    routes: dict[str, ASGIApp] = {
        ALERTS: Alerts(ports),
        RECEIPTS: TwilioReceipts(ports),
        MAIL_RECEIPTS: MailReceipts(ports),
        ALIYUN: AliyunReceipts(ports),
    }
    api = _api(ports)

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            for prefix, route in routes.items():
                if path.startswith(prefix):
                    # Past the framework: what comes three thousand times a second has its own way in.
                    await route(scope, receive, send)
                    return
        await api(scope, receive, send)

    return door


def _api(ports: Ports) -> FastAPI:
    api = FastAPI(title="Tocsin: the door", docs_url=None, redoc_url=None)
    naming = Naming(ports.hide)
    described = api.openapi

    def openapi() -> dict[str, Any]:
        schema = described()
        schema["paths"].update(PATHS)
        return schema

    api.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way of extending its schema

    @api.exception_handler(HTTPException)
    async def _refused(_: Request, fault: HTTPException) -> Response:
        return _response(
            (
                answers.GET_ONLY
                if fault.status_code == HTTPStatus.METHOD_NOT_ALLOWED
                else answers.UNKNOWN_PATH
            ).answer()
        )

    @api.exception_handler(LedgerUnavailable)
    async def _unavailable(_: Request, __: LedgerUnavailable) -> Response:
        return _response(answers.UNAVAILABLE.answer())

    @api.get("/deliveries/{delivery}", response_model_exclude_defaults=True)
    async def became(delivery: str) -> DeliveryAnswer:
        row = naming.row(delivery)
        item = None if row is None else await asyncio.to_thread(ports.inbox.item, row)
        if item is None:
            raise _NoDelivery
        return DeliveryAnswer(
            delivery=delivery,
            status=item.status,
            received_at=item.received_at,
            incidents=item.incidents,
            code=item.code,
        )

    @api.exception_handler(_NoDelivery)
    async def _no_delivery(_: Request, __: _NoDelivery) -> Response:
        return _response(answers.UNKNOWN_DELIVERY.answer())

    @api.get("/healthz")
    async def alive() -> Health:
        return Health()

    @api.get("/readyz")
    async def ready() -> Health:
        # Temporal is not asked for: without it deliveries are stored all the same.
        await asyncio.to_thread(ports.inbox.item, 0)
        return Health()

    return api


class _NoDelivery(Exception):  # noqa: N818  an answer, not a fault
    """No delivery has this name."""


def _response(made: Answer) -> Response:
    response = Response(made.body, status_code=made.status)
    response.raw_headers = list(made.headers)
    return response
