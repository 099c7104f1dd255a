"""One account at Twilio: the library's client over a connection that knows what was sent and what was not.

The library's own asynchronous client has no time-out and asks no retries of itself, but gives no way to
tell a connection that never came about from an answer that never came. So its documented extension point, a
custom HTTP client, is used, on the library's own aiohttp. SMS are sent without the library
unless the settings want it (`twilio_direct`); it asks for messages and makes calls.
"""

import json
import logging
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.auth_strategy.auth_strategy import (  # type: ignore[import-untyped] # twilio ships no types
    AuthStrategy,
)
from twilio.auth_strategy.auth_type import AuthType  # type: ignore[import-untyped] # as above
from twilio.credential.credential_provider import (  # type: ignore[import-untyped] # as above
    CredentialProvider,
)
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped] # as above
from twilio.http.response import Response  # type: ignore[import-untyped] # as above
from twilio.rest import Client  # type: ignore[import-untyped] # as above

from notifiers.errors import Misconfigured, NotifierError, Unknown, Unreachable
from notifiers.twilio_codes import judged

NOT_FOUND = "twilio.20404"

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_REFERENCE = re.compile(r"[A-Za-z0-9._~-]{1,200}")
_LONGEST_WAIT = 3600.0

# The library logs requests, with numbers in their addresses, at INFO.
_MUTE = logging.getLogger("notifiers.twilio_line.library")
_MUTE.disabled = True


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """The account we send from.

    `sender` is an E.164 number or an alphanumeric id; a `messaging_service_sid` may stand in its place.
    `key` and `secret` are an API key and its secret, or the account SID and its auth token. Receipts go to
    `<public_url>/receipts/twilio/<row reference>`; without a public URL there are none. `base_url` chooses
    an edge, or a local endpoint. Before `settle` has passed, a message that is not listed may still exist.
    `connect` and `reply` are seconds.
    """

    account_sid: str
    key: str
    secret: str = field(repr=False)
    sender: str = ""
    messaging_service_sid: str = ""
    public_url: str = ""
    base_url: str = "https://api.twilio.com"
    concurrency: int = 16
    connect: float = 10.0
    reply: float = 30.0
    settle: timedelta = timedelta(minutes=15)
    direct: bool = True
    """Whether SMS are sent by requests of our own instead of the library's."""

    @property
    def leeway(self) -> timedelta:
        """How far around an attempt its message is looked for: one whole request, and a minute of clocks."""
        return timedelta(seconds=self.connect + 4 * self.reply + 60)

    def receipt_url(self, reference: str) -> str | None:
        """Where the provider reports what became of a row's message.

        Raises:
            Misconfigured: the reference could not travel in a URL.

        """
        if not _REFERENCE.fullmatch(reference):
            raise Misconfigured("receipt.reference", "a row's reference is letters, digits and . _ ~ - only")
        return f"{self.public_url.rstrip('/')}/receipts/twilio/{reference}" if self.public_url else None


class TwilioLine:
    """The library's client for an account; connections are opened at first use."""

    def __init__(self, account: TwilioAccount) -> None:
        check(account.base_url)
        self.account = account
        self._http = _Http(account)
        self.client = Client(
            username=account.key,
            account_sid=account.account_sid,
            http_client=self._http,
            credential_provider=_Basic(account),
            environment={"": ""},  # the library would look into the process's otherwise
        )
        self.client.api.base_url = account.base_url

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._http.aclose()


def check(base_url: str) -> None:
    """See that the provider's address can be called, and in clear on this machine only.

    Raises:
        Misconfigured: `twilio.base_url`, `twilio.cleartext`.

    """
    try:
        where = urlsplit(base_url)
        host = where.hostname
    except ValueError:
        host = None
    if not host:
        raise Misconfigured("twilio.base_url", "the provider's address is not a URL")
    if where.scheme != "https" and host not in _LOOPBACK:
        raise Misconfigured("twilio.cleartext", "numbers and credentials need https")


class _Basic(CredentialProvider, AuthStrategy):  # type: ignore[misc] # twilio ships no types
    """The account's credentials as one header; aiohttp's own form of them is on its way out."""

    def __init__(self, account: TwilioAccount) -> None:
        super().__init__(AuthType.BASIC)
        self._header = aiohttp.encode_basic_auth(account.key, account.secret)

    def to_auth_strategy(self) -> "_Basic":
        return self

    def get_auth_string(self) -> str:
        return self._header

    def requires_authentication(self) -> bool:
        return True


class _Http(AsyncHttpClient):  # type: ignore[misc] # twilio ships no types
    """Sends a request once, and says which of the four outcomes a failure is."""

    def __init__(self, account: TwilioAccount) -> None:
        super().__init__(_MUTE, is_async=True)
        self._account = account
        self._session: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            account = self._account
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=account.concurrency),
                timeout=aiohttp.ClientTimeout(
                    total=account.connect + 4 * account.reply,  # `leeway` counts on it
                    connect=account.connect,
                    sock_connect=account.connect,
                    sock_read=account.reply,
                ),
            )
        return self._session

    async def request(  # noqa: PLR0913, PLR0917 - the library's form
        self,
        method: str,
        uri: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,  # noqa: ARG002 - as above
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - as above
        allow_redirects: bool = False,  # noqa: ARG002 - as above
    ) -> Response:
        try:
            async with self._opened().request(
                method,
                uri,
                params=params,
                data=urlencode(data, doseq=True, errors="replace") if data else None,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                text = await answer.text(errors="replace")
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _broken(error, asked_to_act=method == "POST") from None
        if not 200 <= status < 300:  # noqa: PLR2004 - success
            raise answered(status, text, wait, asked_to_act=method == "POST")
        if not text.lstrip().startswith("{"):
            raise _unsure("twilio.garbled", asked_to_act=method == "POST")
        return Response(status, text)


def _unsure(code: str, *, asked_to_act: bool) -> NotifierError:
    return Unknown(code) if asked_to_act else Unreachable(None, code)


def _broken(error: Exception, *, asked_to_act: bool) -> NotifierError:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Misconfigured("tls.unverified", "the provider's certificate is not to be trusted")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Misconfigured("tls.failed", "no TLS session with the provider")
    if isinstance(error, aiohttp.InvalidURL):
        return Misconfigured("twilio.base_url", "the provider's address is not a URL")
    if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
        return Unreachable(None, "twilio.connect")
    silent = isinstance(error, TimeoutError)
    return _unsure("twilio.silence" if silent else "twilio.connection.lost", asked_to_act=asked_to_act)


def answered(status: int, text: str, wait: str, *, asked_to_act: bool) -> NotifierError:
    """Say what an answer that is no success means; `wait` is its Retry-After."""
    if status >= 500 or status == 408:  # noqa: PLR2004 - it broke, perhaps after it had taken the message
        return _unsure(f"twilio.http.{status}", asked_to_act=asked_to_act)
    code = 0
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if isinstance(body, dict) and isinstance(body.get("code"), int):
        code = body["code"]
    return judged(code, status, min(float(wait), _LONGEST_WAIT) if wait.isdecimal() else None)
