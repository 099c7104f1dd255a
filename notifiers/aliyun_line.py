"""One account at Aliyun SMS (Dysmsapi 2017-05-25): signed requests over a line that knows what was sent.

Signed by ACS3-HMAC-SHA256, "request body and signature, version 3" of Alibaba Cloud's OpenAPI: method, path,
sorted query, signed headers and the body's SHA-256 make the canonical request, and the secret signs its
SHA-256. The provider's own package would bring twelve more with it, and repeats requests by itself.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from notifiers.aliyun_codes import judged
from notifiers.errors import Misconfigured, Unworded
from notifiers.web_line import WebLine

VERSION = "2017-05-25"
MOST = 100
"""Numbers that one SendBatchSms may carry."""

_EVERYBODY, _MINOR = "individual", "minor"
_ALGORITHM = "ACS3-HMAC-SHA256"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Template:
    """An approved wording: its code, what its variables are filled with, and whether it may be used.

    In `params`, `{name}` stands for the person's name, or `nameless` where it is not known. `also` names
    kinds of readers, besides individuals and minors, whom the wording fits.
    """

    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    approved: date | None = None
    state: str = "pending"
    nameless: str = "用户"
    also: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AliyunAccount:
    """The account we send from.

    `templates` are named as messages are, `<message>` or `<message>/<language>`; those of a kind of reader
    have `/<kind>` behind it. `batch` above 1 sends so many people with one request, at the price that
    receipts and look-ups no longer name a row.
    `connect` and `reply` are seconds; `settle` is how long a message may exist without being listed.
    """

    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    templates: Mapping[str, Template]
    base_url: str = "https://dysmsapi.aliyuncs.com"
    batch: int = 1
    concurrency: int = 16
    connect: float = 10.0
    reply: float = 30.0
    settle: timedelta = timedelta(minutes=15)

    @property
    def leeway(self) -> timedelta:
        """How far around an attempt its message is looked for: one whole request, and a minute of clocks."""
        return timedelta(seconds=self.connect + 4 * self.reply + 60)

    def template(self, message: str, language: str, kind: str = _EVERYBODY) -> Template:
        """The approved wording of a message for one kind of reader.

        A minor is told by the wording for individuals where there is no other, because it is true of them;
        a guardian or an organisation only where that wording says that it fits them `also`.

        Raises:
            Misconfigured: `aliyun.template`, `aliyun.template.unapproved`.
            Unworded: `aliyun.template.kind`, this message in this language can go to individuals alone.

        """
        short = language.partition("-")[0]
        found = self._found(message, short, kind)
        if found is None:
            found = self._found(message, short)
            if found is None:
                raise Misconfigured(
                    "aliyun.template", f"no template for the message {message or 'without a name'}"
                )
            if kind not in {_EVERYBODY, _MINOR, *found.also}:
                why = f"no template {message}/{short}/{kind}, and {found.code} does not say that it fits"
                raise Unworded("aliyun.template.kind", why)
        elif kind != _EVERYBODY and not (found.state == "approved" and found.approved):
            raise Unworded("aliyun.template.kind", f"the template {found.code} for a {kind} is not approved")
        if found.state != "approved":
            why = f"the template {found.code} is {found.state}, not yet approved"
            raise Misconfigured("aliyun.template.unapproved", why)
        if found.approved is None:
            why = f"the template {found.code} is approved, but since when is not said"
            raise Misconfigured("aliyun.template.unapproved", why)
        return found

    def _found(self, message: str, short: str, kind: str = "") -> Template | None:
        behind = f"/{kind}" if kind and kind != _EVERYBODY else ""
        return self.templates.get(f"{message}/{short}{behind}") or self.templates.get(f"{message}{behind}")


class AliyunLine:
    """Signed requests to one account."""

    def __init__(self, account: AliyunAccount, now: Callable[[], datetime]) -> None:
        self._account = account
        self._now = now
        self._line = WebLine(
            "aliyun",
            account.base_url,
            concurrency=account.concurrency,
            connect=account.connect,
            reply=account.reply,
        )

    async def ask(
        self, action: str, query: dict[str, str], form: dict[str, str] | None = None, *, acting: bool
    ) -> dict[str, Any]:
        """Carry out an action; the body of an answer whose code is OK.

        Raises:
            NotifierError: as `aliyun_codes.judged` and `WebLine.call` say.

        """
        content = urlencode(form).encode() if form else b""
        headers = signed(
            action,
            query,
            content,
            host=self._line.host,
            key=(self._account.key_id, self._account.key_secret),
            at=self._now(),
            nonce=secrets.token_hex(16),
        )
        if form:
            headers["content-type"] = _FORM
        said = await self._line.call(
            f"/?{_canonical(query)}", content=content, headers=headers, acting=acting
        )
        word = said.body.get("Code")
        if word != "OK" or said.status != 200:  # noqa: PLR2004 - success
            raise judged(word if word != "OK" else None, said.status, said.wait)
        return said.body

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._line.aclose()


def signed(  # noqa: PLR0913 -- what is signed
    action: str,
    query: Mapping[str, str],
    content: bytes,
    *,
    host: str,
    key: tuple[str, str],
    at: datetime,
    nonce: str,
    version: str = VERSION,
) -> dict[str, str]:
    """Write the headers of a request to `/`, its signature among them; `key` is the key's id and secret."""
    payload = hashlib.sha256(content).hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": payload,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n{_canonical(query)}\n{lines}\n{names}\n{payload}"
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = hmac.new(key[1].encode(), f"{_ALGORITHM}\n{digest}".encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = f"{_ALGORITHM} Credential={key[0]},SignedHeaders={names},Signature={signature}"
    return headers


def _canonical(query: Mapping[str, str]) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))


def _quoted(text: str) -> str:
    return quote(text, safe="~", errors="replace")
