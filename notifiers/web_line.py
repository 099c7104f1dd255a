"""One provider's HTTP API: a request goes out once, and what a failure means is said in the four outcomes."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from notifiers.errors import Misconfigured, NotifierError, Unknown, Unreachable

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a provider answered; `body` is its JSON object, `wait` its Retry-After in seconds."""

    status: int
    body: dict[str, Any] = field(repr=False)
    wait: float | None = None


class WebLine:
    """Calls one API over kept connections; `name` begins every code.

    Nothing is tried twice, no redirect is followed, no proxy of the environment is used. Codes:
    `<name>.connect`, `<name>.silence`, `<name>.connection.lost`, `<name>.garbled`, `<name>.http.<status>`,
    `<name>.base_url`, `<name>.cleartext`, `tls.unverified`, `tls.failed`.

    Raises:
        Misconfigured: on construction, for an address that is no URL, or in clear beyond this machine.

    """

    def __init__(
        self, name: str, base_url: str, *, concurrency: int, connect: float = 10.0, reply: float = 30.0
    ) -> None:
        self._name = name
        self._base = base_url.rstrip("/")
        self.host = host_of(name, base_url)
        self._limit = concurrency
        self._timeout = aiohttp.ClientTimeout(
            total=connect + 4 * reply, connect=connect, sock_connect=connect, sock_read=reply
        )
        self._session: aiohttp.ClientSession | None = None

    async def call(  # noqa: PLR0913 -- what a request is made of
        self,
        path: str,
        *,
        params: dict[str, str] | None = None,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
        acting: bool,
        method: str = "POST",
    ) -> Spoken:
        """Send one request; `acting` says that the provider does something because of it.

        Raises:
            Unreachable: it surely had no effect.
            Unknown: it was acting, and nobody can say whether it had an effect.
            Misconfigured: the address or its certificate.

        """
        try:
            async with self._opened().request(
                method,
                self._base + path,
                params=params,
                data=content or None,
                headers=headers,
                allow_redirects=False,
            ) as answer:
                text = await answer.text(errors="replace")
                status, wait = answer.status, answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._broken(error, acting=acting) from None
        if status >= 500 or status == 408:  # noqa: PLR2004 - it broke, perhaps after it had taken the message
            raise self._unsure(f"http.{status}", acting=acting)
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            if 200 <= status < 300:  # noqa: PLR2004 - success, of which nothing can be read
                raise self._unsure("garbled", acting=acting)
            body = {}
        return Spoken(status, body, min(float(wait), _LONGEST_WAIT) if wait.isdecimal() else None)

    async def aclose(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._limit)
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        return self._session

    def _unsure(self, kind: str, *, acting: bool) -> NotifierError:
        code = f"{self._name}.{kind}"
        return Unknown(code) if acting else Unreachable(None, code)

    def _broken(self, error: Exception, *, acting: bool) -> NotifierError:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return Misconfigured("tls.unverified", "the provider's certificate is not to be trusted")
        if isinstance(error, aiohttp.ClientConnectorSSLError):
            return Misconfigured("tls.failed", "no TLS session with the provider")
        if isinstance(error, aiohttp.InvalidURL):
            return Misconfigured(f"{self._name}.base_url", "the provider's address is not a URL")
        if isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)):
            return Unreachable(None, f"{self._name}.connect")
        return self._unsure(
            "silence" if isinstance(error, TimeoutError) else "connection.lost", acting=acting
        )


def host_of(name: str, base_url: str) -> str:
    """Take the host, with its port, out of a provider's address.

    Raises:
        Misconfigured: `<name>.base_url`, or `<name>.cleartext` for http beyond this machine.

    """
    try:
        where = urlsplit(base_url)
        host = where.hostname
    except ValueError:
        host = None
    if not host:
        raise Misconfigured(f"{name}.base_url", "the provider's address is not a URL")
    if where.scheme != "https" and host not in _LOOPBACK:
        raise Misconfigured(f"{name}.cleartext", "numbers and credentials need https")
    return where.netloc
