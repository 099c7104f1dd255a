"""The mailbox that bounces go to, read over IMAP until there is nothing new in it."""

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from imapclient import FLAGGED, SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from intake.bounce import MOST_BYTES
from intake.bounces import Became, Bounces
from ledger.errors import LedgerUnavailable

LONGEST_PAUSE_S: Final = 900.0
PATIENCE_S: Final = 30.0
_BODY: Final = f"BODY.PEEK[]<0.{MOST_BYTES + 1}>"
_FETCHED: Final = b"BODY[]<0>"
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the mailbox is; `every` is the pause between two looks in seconds.

    Raises:
        ValueError: a password would travel in clear beyond this machine.

    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: Path | None = None
    every: float = 60.0

    def __post_init__(self) -> None:
        if self.tls == "none" and self.host not in _LOOPBACK:
            raise ValueError("a mailbox's password needs TLS; set implicit or starttls")


class Mailbox:
    """Reads new mail, applies it to the rows, and marks it read only when that is durable.

    What was set aside is flagged besides and stays where it is, for a person. Two readers of one mailbox do
    the same work twice and no harm.
    """

    def __init__(self, place: Place, bounces: Bounces) -> None:
        self._place = place
        self._bounces = bounces
        self._said = ""

    async def run(self) -> None:
        """Look again and again, until cancelled; a mailbox that cannot be read is tried ever less often."""
        wait = self._place.every
        while True:
            try:
                await asyncio.to_thread(self.look)
            except Unread as trouble:
                wait = min(wait * 2, max(LONGEST_PAUSE_S, self._place.every))
                self._say(trouble.code)
            else:
                wait = self._place.every
                self._say("")
            await asyncio.sleep(wait)

    def look(self) -> int:
        """Take everything that is new; how many mails.

        Raises:
            Unread: the mailbox cannot be read now, or a row cannot be written.

        """
        try:
            with self._opened() as line:
                line.select_folder(self._place.folder)
                return self._taken(line)
        except LoginError:
            raise Unread("mailbox.login") from None
        except ssl.SSLCertVerificationError:
            raise Unread("mailbox.unverified") from None
        except LedgerUnavailable as fault:
            raise Unread(fault.code) from None
        except (IMAPClientError, OSError, ssl.SSLError):
            raise Unread("mailbox.unreachable") from None

    def _opened(self) -> IMAPClient:
        place = self._place
        context = ssl.create_default_context(cafile=str(place.ca_file) if place.ca_file else None)
        line = IMAPClient(
            place.host, place.port, ssl=place.tls == "implicit", ssl_context=context, timeout=PATIENCE_S
        )
        try:
            if place.tls == "starttls":
                line.starttls(context)
            line.login(place.user, place.password)
        except BaseException:
            line.shutdown()
            raise
        return line

    def _taken(self, line: IMAPClient) -> int:
        new = line.search(["UNSEEN"])
        for number in new:
            # One at a time: a hundred of the largest would be a hundred megabytes.
            body = line.fetch([number], [_BODY]).get(number, {}).get(_FETCHED)
            if isinstance(body, bytes):
                flags = [SEEN, FLAGGED] if self._bounces.take(body) is Became.ASIDE else [SEEN]
                line.add_flags([number], flags, silent=True)
        return len(new)

    def _say(self, code: str) -> None:
        """Say once that it cannot be read, and once that it can again."""
        if code and code != self._said:
            _log.error("the mailbox of bounces cannot be read: %s", code)
        elif self._said and not code:
            _log.warning("the mailbox of bounces is read again")
        self._said = code


class Unread(Exception):  # noqa: N818  the word a person would say
    """The mailbox could not be read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
