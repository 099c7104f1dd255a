"""A message for many, encoded once: only what differs from person to person is encoded for each.

A base64 text cannot simply be cut where the name stands, because what follows shifts by the name's length.
But it shifts by no, one or two bytes within a group of three, so each piece behind a name is encoded three
times beforehand; the name is encoded with the few bytes to its left and right that fill its groups, on lines
of its own. A quoted-printable text is cut by soft line breaks. Either way a reader decodes what
`notifiers.mime.compose` would have written; the tests compare both with `email.message.EmailMessage`.
"""

import binascii
import re
from datetime import UTC, datetime, timedelta
from html import escape

from notifiers.dkim import Signer
from notifiers.mime import (
    BEFORE_HTML,
    BEFORE_TEXT,
    BEHIND,
    Sender,
    base64_lines,
    checked_id,
    compose,
    dated,
    head,
    part_head,
)
from notifiers.port import Form, Message

_GROUP = 3
_LINE = 57
_LONGEST_NAME = 200
# What a name cannot hold without changing lines, or what no encoder can take; such a name goes the plain way.
_ODD = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_AT_ONCE = 64
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = timedelta(0)
_SECOND = timedelta(seconds=1)


class Unsuited(ValueError):  # noqa: N818 - a form that is written the plain way, not a fault
    """This form has two names so close together that nothing can be prepared between them."""


class _Base64:
    """What stands around each name, once for every remainder that a name's length may leave."""

    encoding = "base64"

    def __init__(self, pieces: list[bytes], before: bytes, behind: bytes) -> None:
        first, *others, _ = pieces
        if any(len(piece) < _GROUP for piece in others):
            raise Unsuited
        self._start = before + _lines(first[: _whole(first)])
        self._gaps = [_gaps(pieces, remainder, behind) for remainder in range(_GROUP)]

    def write(self, out: list[bytes], name: bytes) -> None:
        out.append(self._start)
        for left, right, rest in self._gaps[len(name) % _GROUP]:
            group = left + name + right
            if len(group) > _LINE:
                out.append(base64_lines(group).encode()[:-2])
            else:
                out.append(binascii.b2a_base64(group, newline=False))
            out.append(rest)


def _gaps(pieces: list[bytes], remainder: int, behind: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """For each name the bytes to its left and right that fill its groups, and the lines that follow."""
    gaps = []
    left = pieces[0][_whole(pieces[0]) :]
    for place, piece in enumerate(pieces[1:], 2):
        shift = -(len(left) + remainder) % _GROUP
        right, following = piece[:shift], piece[shift:]
        last = place == len(pieces)
        whole = len(following) if last else _whole(following)
        gaps.append((left, right, b"\r\n" + _lines(following[:whole]) + (behind if last else b"")))
        left = following[whole:]
    return gaps


def _whole(data: bytes) -> int:
    return len(data) // _GROUP * _GROUP


def _lines(data: bytes) -> bytes:
    return base64_lines(data).encode() if data else b""


class _Quoted:
    encoding = "quoted-printable"

    def __init__(self, pieces: list[bytes], before: bytes, behind: bytes) -> None:
        first, *others = [_quoted(piece.replace(b"\r\n", b"\n")) for piece in pieces]
        others[-1] += behind
        soft = b"" if not first or first.endswith(b"\n") else b"=\r\n"
        self._start = before + first + soft
        self._others = [b"=\r\n" + piece + b"=\r\n" for piece in others[:-1]] + [b"=\r\n" + others[-1]]

    def write(self, out: list[bytes], name: bytes) -> None:
        shown = _quoted(name)
        out.append(self._start)
        for piece in self._others:
            out.extend((shown, piece))


def _quoted(data: bytes) -> bytes:
    return binascii.b2a_qp(data).replace(b"\n", b"\r\n")


class Stencil:
    """One form in one language, from one sender.

    Raises:
        Unsuited: on construction, where the form has no name in it or cannot be prepared.
        ValueError: the language is no BCP 47 tag.

    """

    def __init__(self, form: Form, subject: str, language: str, sender: Sender) -> None:
        if form.html is None or len(form.text) == 1 or len(form.html) == 1:
            raise Unsuited
        before, between, behind = (piece.encode() for piece in head(subject, language, sender))
        self._before, self._between = before, between
        self._at = self._asked = _LONG_AGO
        self._date = b""
        text, html = _pieces(form.text), _pieces(form.html)
        plain, rich = _way(text), _way(html)
        start = behind + (BEFORE_TEXT + part_head("plain", plain.encoding)).encode()
        middle = (BEFORE_HTML + part_head("html", rich.encoding)).encode()
        self._text = plain(text, start, middle)
        self._html = rich(html, b"", BEHIND.encode())

    def fill(self, to: str, name: str, message_id: str, at: datetime) -> bytes:
        """Write the message for one person; `to` is checked, `name` has no control character."""
        if at is not self._asked:
            self._asked = at
            if not _NOTHING <= at - self._at < _SECOND:
                self._at = at.replace(microsecond=0)
                self._date = self._between + dated(at).encode() + b"\r\nMessage-ID: "
        out = [self._before, to.encode(), self._date, message_id.encode()]
        self._text.write(out, name.encode())
        self._html.write(out, (name if name.isalnum() else escape(name)).encode())
        return b"".join(out)


def _pieces(texts: tuple[str, ...]) -> list[bytes]:
    lines = [text.replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    if not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return [text.replace("\n", "\r\n").encode("utf-8", "replace") for text in lines]


def _way(pieces: list[bytes]) -> type[_Base64] | type[_Quoted]:
    return _Quoted if all(piece.isascii() for piece in pieces) else _Base64


class Composer:
    """Writes messages from one sender, with a stencil where a message has a form that suits."""

    def __init__(self, sender: Sender, signer: Signer | None = None) -> None:
        self._sender = sender
        self._signer = signer
        self._stencils: dict[tuple[Form, str, str], Stencil | None] = {}

    def write(self, message: Message, to: str, at: datetime) -> bytes:
        """Write one message to a checked address, signed where there is a signer; see `mime.compose`."""
        form, name = message.form, message.name
        stencil = None
        if form is not None and 0 < len(name) <= _LONGEST_NAME and not message.attachments:
            stencil = self._stencil(form, message)
        if stencil is not None and (name.isalnum() or _ODD.search(name) is None):
            content = stencil.fill(to, name, checked_id(message.message_id), at)
        else:
            content = compose(message, self._sender, at)
        return content if self._signer is None else self._signer.signed(content)

    def _stencil(self, form: Form, message: Message) -> Stencil | None:
        key = (form, message.subject, message.language)
        try:
            return self._stencils[key]
        except KeyError:
            if len(self._stencils) >= _AT_ONCE:
                self._stencils.clear()
        try:
            made = Stencil(form, message.subject, message.language, self._sender)
        except Unsuited:
            made = None
        self._stencils[key] = made
        return made
