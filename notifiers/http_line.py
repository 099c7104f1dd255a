"""One address that is called now and then over HTTP, and an honest word about each call."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable

_BUSY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a call goes; `connect` and `reply` are seconds. Nobody prints the URL: it may hold a secret."""

    url: str = field(repr=False)
    ca_file: Path | None = None
    connect: float = 10.0
    reply: float = 20.0


class HttpLine:
    """Calls addresses; open it with `async with`. No redirect is followed, no proxy of the environment used.

    Codes: `http.<status>`, `http.connect`, `http.silence`, `http.lost`, `http.url`, `tls.unverified`,
    `tls.authorities`.

    Raises:
        Misconfigured: on construction, for an address or a CA file that cannot serve.

    """

    def __init__(self, address: Address) -> None:
        check(address.url)
        self._url = address.url
        self._client = httpx.AsyncClient(
            verify=_verifying(address.ca_file),
            timeout=httpx.Timeout(address.reply, connect=address.connect, pool=address.connect),
            follow_redirects=False,
            trust_env=False,
        )

    async def post(self, content: bytes, headers: dict[str, str], url: str = "") -> int:
        """Post `content` to the address, or to another `url`; the status of a success.

        Raises:
            Refused: the other side will never take this.
            Unreachable: it was not taken and may be tried again.
            Unknown: it may or may not have been taken.
            Misconfigured: the address refuses us, or its certificate is not to be trusted.

        """
        try:
            async with self._client.stream(
                "POST", url or self._url, content=content, headers=headers
            ) as answer:
                # The status says everything; what else is answered may be of any length.
                if answer.is_success:
                    return answer.status_code
                raise _refused(answer.status_code)
        except httpx.HTTPError as error:
            raise _broken(error) from None
        except (httpx.InvalidURL, ValueError):
            raise Misconfigured("http.url", "the address cannot be called") from None

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


def check(url: str) -> None:
    """See that an address can be called at all.

    Raises:
        Misconfigured: `http.url`.

    """
    try:
        where = httpx.URL(url)
    except httpx.InvalidURL:
        where = httpx.URL()
    if where.scheme not in ("http", "https") or not where.host:
        raise Misconfigured("http.url", "the address is not an http or https URL")


def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        raise Misconfigured("tls.authorities", "the CA file cannot be read") from None


def _refused(status: int) -> NotifierError:
    code = f"http.{status}"
    if status in _BUSY:
        return Unreachable(None, code)
    if status in (400, 413, 422):
        return Refused(code, "the other side does not take this")
    if status < 500:  # noqa: PLR2004 - redirects and refusals: the address itself is wrong
        return Misconfigured(code, "the other side refuses us")
    return Unknown(code)


def _broken(error: httpx.HTTPError) -> NotifierError:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return Misconfigured("tls.unverified", "the certificate is not to be trusted")
        seen = seen.__cause__ or seen.__context__
    if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return Unreachable(None, "http.connect")
    if isinstance(error, httpx.TimeoutException):
        return Unknown("http.silence")
    return Unknown("http.lost")
