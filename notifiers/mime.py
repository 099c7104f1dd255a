"""The bytes of an e-mail: one pure function, fast enough for a population.

`email.message.EmailMessage` makes the same message (the tests compare them after parsing) in some
forty times the time, most of it spent on finding out what is known here beforehand. `notifiers.stencil` does
the same for many whose messages differ only in the name.
"""

import binascii
import quopri
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

import idna

from notifiers.errors import Refused
from notifiers.port import Attachment, Message

# "=_" occurs in no base64 and in no quoted-printable text, and a 7bit part is only used without it, so no
# boundary can be met inside a part.
_ALTERNATIVE = "=_alternative"
BEFORE_TEXT = f'Content-Type: multipart/alternative; boundary="{_ALTERNATIVE}"\r\n\r\n--{_ALTERNATIVE}\r\n'
BEFORE_HTML = f"\r\n--{_ALTERNATIVE}\r\n"
BEHIND = f"\r\n--{_ALTERNATIVE}--\r\n"
_AUTO = "\r\nAuto-Submitted: auto-generated\r\n"
_MIXED = "=_mixed"
_PLAIN = re.compile(r"[\t\r\n\x20-\x7e]*")
_LONG_LINE = re.compile(r"[^\n]{77}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,200}@[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")
_MAX_ADDRESS = 320
# Nearly every address: printable ASCII without brackets on both sides.
_USUAL = re.compile(r"[!-;=?-~]+@[!-;=?A-~]+")
_BASE64_LINE = 76
_HEADER_LINE = 76


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the message is from: an address, a name to show, and where answers and bounces go if elsewhere.

    `{reference}` in `return_path` stands for the message's own reference, so that a bounce names its row.
    """

    address: str
    name: str = ""
    reply_to: str = ""
    return_path: str = ""


def compose(message: Message, sender: Sender, at: datetime) -> bytes:
    """Write the message as RFC 5322 bytes: CRLF line ends, no line above 998 octets, 7-bit but for SMTPUTF8.

    Text and HTML become multipart/alternative, attachments a multipart/mixed around it. Control characters
    in the subject become blanks; a header can never be added through it.

    Raises:
        Refused: the address holds a control character, a blank or a bracket, or is too long.
        ValueError: the Message-ID or language is not ours to send; a mistake of the caller.

    """
    to_id, subject_date, rest = head(message.subject, message.language, sender)
    address, named = checked_address(message.to), checked_id(message.message_id)
    start = f"{to_id}{address}{subject_date}{dated(at)}\r\nMessage-ID: {named}{rest}"
    if message.html is None:
        body = _part("plain", message.text)
    else:
        body = (
            f"{BEFORE_TEXT}{_part('plain', message.text)}{BEFORE_HTML}{_part('html', message.html)}{BEHIND}"
        )
    if message.attachments:
        files = "".join(f"\r\n--{_MIXED}\r\n{_attached(one)}" for one in message.attachments)
        body = (
            f'Content-Type: multipart/mixed; boundary="{_MIXED}"\r\n\r\n'
            f"--{_MIXED}\r\n{body}{files}\r\n--{_MIXED}--\r\n"
        )
    return (start + body).encode()


def head(subject: str, language: str, sender: Sender) -> tuple[str, str, str]:
    """The header for many, in three pieces: the address, then the date with a Message-ID, belong between.

    Raises:
        ValueError: the language is no BCP 47 tag.

    """
    return (
        f"{_from(sender)}To: ",
        f"\r\nSubject: {_subject(subject)}\r\nDate: ",
        _AUTO + f"Content-Language: {_language(language)}\r\nMIME-Version: 1.0\r\n",
    )


def checked_id(message_id: str) -> str:
    """Give a Message-ID back that cannot end its line.

    Raises:
        ValueError: it is none.

    """
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError("a Message-ID is <left@right> in printable ASCII")
    return message_id


def checked_address(address: str) -> str:
    """Give an address back in the form of the wire: the domain in ASCII, nothing that could end a line.

    Raises:
        Refused: it cannot be written in a header or an envelope.

    """
    if len(address) <= _MAX_ADDRESS and _USUAL.fullmatch(address):
        return address
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or len(address) > _MAX_ADDRESS or _unsafe(address):
        raise Refused("address.unusable")
    return address if domain.isascii() else f"{local}@{_ascii_domain(domain)}"


_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0<>\u2028\u2029\ud800-\udfff]")


def _unsafe(address: str) -> bool:
    return _UNSAFE.search(address) is not None


def _ascii_domain(domain: str) -> str:
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise Refused("address.unusable") from None


@lru_cache(maxsize=64)
def _from(sender: Sender) -> str:
    address = checked_address(sender.address)
    shown = f"{_subject(sender.name)} <{address}>" if sender.name else address
    if sender.name.isascii() and sender.name:
        quoted = _CONTROL.sub(" ", sender.name).replace("\\", "\\\\").replace('"', '\\"')
        shown = f'"{quoted}" <{address}>'
    reply = f"Reply-To: {checked_address(sender.reply_to)}\r\n" if sender.reply_to else ""
    return f"From: {shown}\r\n{reply}"


@lru_cache(maxsize=256)
def _subject(subject: str) -> str:
    plain = _CONTROL.sub(" ", subject).strip()
    name = "Subject: "
    if plain.isascii() and len(plain) + len(name) <= _HEADER_LINE and "=?" not in plain:
        return plain
    encoded = Header(plain.encode("utf-8", "replace").decode(), "utf-8", header_name="Subject")
    return encoded.encode(linesep="\r\n", maxlinelen=_HEADER_LINE)


def dated(at: datetime) -> str:
    """Write an instant as a Date header has it."""
    return format_datetime(at.replace(microsecond=0))


@lru_cache(maxsize=64)
def _language(language: str) -> str:
    if not _LANGUAGE.fullmatch(language):
        raise ValueError("a language is a BCP 47 tag such as zh-CN")
    return language


def _part(subtype: str, text: str) -> str:
    encoding, encoded = _encoded(text)
    return part_head(subtype, encoding) + encoded


def part_head(subtype: str, encoding: str) -> str:
    """The header of a text part, with the blank line behind it."""
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n'


def _encoded(text: str) -> tuple[str, str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    if not lines.endswith("\n"):
        lines += "\n"
    if lines.isascii() and _PLAIN.fullmatch(lines):
        if not _LONG_LINE.search(lines) and "=_" not in lines:
            return "7bit", lines.replace("\n", "\r\n")
        quoted = quopri.encodestring(lines.encode("ascii")).decode("ascii")
        return "quoted-printable", quoted.replace("\n", "\r\n")
    return "base64", base64_lines(lines.replace("\n", "\r\n").encode("utf-8", "replace"))


def base64_lines(data: bytes) -> str:
    """Encode as lines of 76 characters, the last one ended too."""
    whole = binascii.b2a_base64(data, newline=False).decode("ascii")
    lines = [whole[start : start + _BASE64_LINE] for start in range(0, len(whole), _BASE64_LINE)]
    return "\r\n".join(lines) + "\r\n"


def _attached(attachment: Attachment) -> str:
    if not _MEDIA_TYPE.fullmatch(attachment.media_type):
        raise ValueError("a media type is type/subtype")
    name = _CONTROL.sub(" ", attachment.name)
    escaped = quote(name.encode("utf-8", "replace"), safe="")
    return (
        f"Content-Type: {attachment.media_type}\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{escaped}\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{base64_lines(attachment.content)}"
    )
