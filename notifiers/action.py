"""Containment carried out by another system over HTTP: isolate a host, revoke sessions, block an address.

The request is a POST of a small JSON document, with the step's own key in `Idempotency-Key`; the same key
asked twice is one act. So an `Unknown` here is settled by asking again with the same key, and nothing else.
"""

import hashlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from standardwebhooks import Webhook

from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable
from notifiers.order import Action, Order, Performed

__all__ = ["Action", "Endpoint", "HttpAction", "Order", "Performed"]

_KEY_MAX = 255
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_WAIT = 3600.0
_READ_AT_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a step's orders go, and how we prove who we are.

    `bearer` becomes an Authorization header, `signing_secret` (`whsec_…`) a Standard-Webhooks signature over
    the body. Without an `undo_url` the step cannot be taken back. `connect` and `reply` are seconds.
    """

    url: str
    undo_url: str = ""
    bearer: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    ca_file: Path | None = None
    connect: float = 10.0
    reply: float = 60.0


def _now() -> datetime:
    return datetime.now(UTC)


class HttpAction:
    """An `Action` behind an HTTP endpoint; open it with `async with`.

    Codes: `action.http.<status>`, `action.connect`, `action.silence`, `action.connection.lost`,
    `action.no_undo`, `action.url`, `action.key`, `action.secret`, `action.cleartext`, `tls.unverified`.

    Raises:
        Misconfigured: on construction, for an address, a secret or a CA file that cannot serve.

    """

    def __init__(self, endpoint: Endpoint, now: Callable[[], datetime] = _now) -> None:
        _check(endpoint)
        self._endpoint = endpoint
        self._now = now
        self._signer = _signer(endpoint.signing_secret)
        self._client = httpx.AsyncClient(
            verify=_verifying(endpoint.ca_file),
            timeout=httpx.Timeout(endpoint.reply, connect=endpoint.connect, pool=endpoint.connect),
            follow_redirects=False,
            trust_env=False,
        )

    async def perform(self, order: Order) -> Performed:
        """Have the step done."""
        return await self._asked(self._endpoint.url, order.key, "perform", order)

    async def undo(self, order: Order) -> Performed:
        """Have the step taken back, under a key of its own.

        Raises:
            Refused: the endpoint knows no undo.

        """
        if not self._endpoint.undo_url:
            raise Refused("action.no_undo", "this step cannot be taken back automatically")
        return await self._asked(self._endpoint.undo_url, f"{order.key}:undo", "undo", order)

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _asked(self, url: str, key: str, verb: str, order: Order) -> Performed:
        if not (key.isascii() and key.isprintable() and 0 < len(key) <= _KEY_MAX):
            raise Misconfigured("action.key", "an idempotency key is 1 to 255 printable ASCII characters")
        body = json.dumps(
            {
                "verb": verb,
                "incident": order.incident,
                "step": order.step,
                "target": order.target,
                "drill": order.drill,
            },
            separators=(",", ":"),
        )
        try:
            return await self._answered(url, body, self._headers(key, body))
        except httpx.HTTPError as error:
            raise _broken(error) from None

    async def _answered(self, url: str, body: str, headers: dict[str, str]) -> Performed:
        seen, length = hashlib.sha256(), 0
        async with self._client.stream("POST", url, content=body.encode(), headers=headers) as answer:
            if not answer.is_success:
                raise _refused(answer)
            async for part in answer.aiter_bytes():
                seen.update(part)
                length += len(part)
                if length > _READ_AT_MOST:
                    break
            return Performed(self._now(), f"action.http.{answer.status_code}", seen.hexdigest())

    def _headers(self, key: str, body: str) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        if self._endpoint.bearer:
            headers["Authorization"] = f"Bearer {self._endpoint.bearer}"
        if self._signer is not None:
            at = self._now()
            headers["webhook-id"] = key
            headers["webhook-timestamp"] = str(int(at.timestamp()))
            headers["webhook-signature"] = self._signer.sign(key, at, body)
        return headers


def _check(endpoint: Endpoint) -> None:
    for url in (endpoint.url, endpoint.undo_url or endpoint.url):
        try:
            where = httpx.URL(url)
        except httpx.InvalidURL:
            raise Misconfigured("action.url", "the endpoint's address is not an http or https URL") from None
        if where.scheme not in ("http", "https") or not where.host:
            raise Misconfigured("action.url", "the endpoint's address is not an http or https URL")
        if endpoint.bearer and where.scheme == "http" and where.host not in _LOOPBACK:
            raise Misconfigured("action.cleartext", "a bearer token needs https beyond this machine")


def _signer(secret: str) -> Webhook | None:
    if not secret:
        return None
    try:
        return Webhook(secret)
    except (ValueError, RuntimeError):
        raise Misconfigured("action.secret", "a signing secret is whsec_ and base64") from None


def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        raise Misconfigured("tls.authorities", "the CA file cannot be read") from None


def _broken(error: httpx.HTTPError) -> NotifierError:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return Misconfigured("tls.unverified", "the endpoint's certificate is not to be trusted")
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return Unreachable(None, "action.connect")
    if isinstance(error, httpx.TimeoutException):
        return Unknown("action.silence")
    return Unknown("action.connection.lost")


def _refused(answer: httpx.Response) -> NotifierError:
    status = answer.status_code
    code = f"action.http.{status}"
    wait = answer.headers.get("Retry-After", "")
    if status in (409, 425, 429):
        # 409 is how endpoints say that the same key is being worked on at this moment.
        return Unreachable(min(float(wait), _LONGEST_WAIT) if wait.isdecimal() else None, code)
    if status in (400, 422):
        return Refused(code, "the endpoint does not carry out this order")
    if status < 500 and status != 408:  # noqa: PLR2004 - redirects and refusals: the endpoint itself is wrong
        return Misconfigured(code, "the endpoint refuses us")
    return Unknown(code)
