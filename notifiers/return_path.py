"""Where a bounce goes, and how it names the message it is about."""

import re

from notifiers.errors import Misconfigured, Refused
from notifiers.mime import checked_address
from notifiers.smtp_line import Offers

_PLACE = "{reference}"
# Bytes that stand for themselves in an envelope id (RFC 3461, xtext) and in a local part alike.
_REFERENCE = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_LONGEST_LOCAL = 64


class ReturnPath:
    """The envelope's sender: one address for all, or with `{reference}` in it one for each message.

    Raises:
        Misconfigured: on construction, where it is no address.

    """

    def __init__(self, address: str) -> None:
        try:
            self._before, self._place, self._behind = checked_address(address).partition(_PLACE)
            checked_address(f"{self._before}x{self._behind}")
        except Refused:
            raise Misconfigured("smtp.return_path", "the return path is no e-mail address") from None
        if "@" in self._before and self._place:
            raise Misconfigured("smtp.return_path", "{reference} stands before the @ of the return path")
        self._local = len(self._before) + len(self._behind.partition("@")[0])
        self._plain = f"MAIL FROM:<{self._before}{self._behind}>"
        self._same = f"{self._plain}\r\n".encode()

    def command(self, reference: str, offers: Offers, *, utf8: bool) -> bytes:
        """The whole MAIL command for one message, with its reference as envelope id where servers keep it."""
        if not (self._place or offers.dsn or utf8):
            return self._same
        nameable = _REFERENCE.fullmatch(reference) is not None
        command = self._plain
        if self._place:
            fits = nameable and self._local + len(reference) <= _LONGEST_LOCAL
            command = f"MAIL FROM:<{self._before}{reference if fits else 'unnamed'}{self._behind}>"
        if offers.dsn and nameable:
            # Only the header comes back with a bounce: the message's words are no business of a mailbox.
            command = f"{command} RET=HDRS ENVID={reference}"
        return f"{command} SMTPUTF8 BODY=8BITMIME\r\n".encode() if utf8 else f"{command}\r\n".encode()
