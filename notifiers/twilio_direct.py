"""Creating a Message at Twilio without its library: bytes that hardly change from one request to the next."""

import base64
import ssl
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote_plus, urlsplit

import orjson

from notifiers.errors import Misconfigured, Unknown, Unreachable
from notifiers.http_wire import Lost, NotConnected, Silent, Wires
from notifiers.port import Accepted, Message
from notifiers.twilio_line import TwilioAccount, answered, check

_SUCCESS = range(200, 300)


class TwilioDirect:
    """Sends SMS from an account; outcomes are the library's, in every case of `test_twilio.py`."""

    def __init__(self, account: TwilioAccount, now: Callable[[], datetime]) -> None:
        check(account.base_url)
        self._account = account
        self._now = now
        self._wires: Wires | None = None
        where = urlsplit(account.base_url)
        secret = base64.b64encode(f"{account.key}:{account.secret}".encode()).decode()
        path = f"{where.path.rstrip('/')}/2010-04-01/Accounts/{quote_plus(account.account_sid)}/Messages.json"
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {where.netloc.rpartition('@')[2]}\r\n"
            f"Authorization: Basic {secret}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\n"
            "User-Agent: tocsin\r\nContent-Length: "
        )
        sender = f"From={_quoted(account.sender)}" if account.sender else ""
        service = account.messaging_service_sid
        if service:
            sender += f"{'&' if sender else ''}MessagingServiceSid={_quoted(service)}"
        self._sender = sender
        self._callback = f"&StatusCallback={_quoted(account.receipt_url('-') or '-')}".removesuffix("-")

    async def send(self, message: Message) -> Accepted:
        """Send one SMS; see `Notifier.send`."""
        try:
            answer = await self._opened().ask(self._request(message))
        except NotConnected as error:
            raise _unconnected(error) from None
        except Silent:
            raise Unknown("twilio.silence") from None
        except Lost:
            raise Unknown("twilio.connection.lost") from None
        if answer.status not in _SUCCESS:
            text = answer.body.decode(errors="replace")
            raise answered(answer.status, text, answer.wait, asked_to_act=True)
        try:
            made = orjson.loads(answer.body)
            sid, status = made["sid"], made["status"]
        except (ValueError, KeyError, TypeError):
            raise Unknown("twilio.garbled") from None
        if not (isinstance(sid, str) and sid):
            raise Unknown("twilio.garbled")
        return Accepted(sid, self._now(), f"twilio.{status}")

    async def aclose(self) -> None:
        """Give back the connections."""
        if self._wires is not None:
            await self._wires.aclose()
            self._wires = None

    def _opened(self) -> Wires:
        if self._wires is None:
            where = urlsplit(self._account.base_url)
            tls = where.scheme == "https"
            try:
                port = where.port or (443 if tls else 80)
            except ValueError:
                raise Misconfigured("twilio.base_url", "the provider's address is not a URL") from None
            account = self._account
            self._wires = Wires(
                where.hostname or "",
                port,
                tls=tls,
                limit=account.concurrency,
                connect=account.connect,
                reply=account.reply,
            )
        return self._wires

    def _request(self, message: Message) -> bytes:
        receipts = self._account.receipt_url(message.reference)
        # A reference has only characters that stand for themselves: what is before it is alike for all.
        callback = f"{self._callback}{message.reference}" if receipts else ""
        to = message.to
        number = f"%2B{to[1:]}" if to[:1] == "+" and to[1:].isdecimal() and to.isascii() else _quoted(to)
        body = f"{self._sender}&To={number}{callback}&Body={_text(message)}"
        return f"{self._head}{len(body)}\r\n\r\n{body}".encode("ascii")


def _quoted(text: str) -> str:
    return quote_plus(text, errors="replace")


_part = lru_cache(maxsize=256)(_quoted)
"""A form's pieces are the same for everybody of a language."""


def _text(message: Message) -> str:
    if message.form is None:
        return _quoted(message.text)
    # Every byte by its number: longer than need be, and many times quicker than looking at each.
    octets = message.name.encode(errors="replace").hex("%").upper()
    return (f"%{octets}" if octets else "").join(_part(piece) for piece in message.form.text)


def _unconnected(error: NotConnected) -> Misconfigured | Unreachable:
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return Misconfigured("tls.unverified", "the provider's certificate is not to be trusted")
    if isinstance(error.__cause__, ssl.SSLError):
        return Misconfigured("tls.failed", "no TLS session with the provider")
    return Unreachable(None, "twilio.connect")
