"""A list of people as a file: its bytes proven, its encoding found, its rows read with constant memory."""

import codecs
import csv
import hashlib
import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, NamedTuple

from domain.listing import ListInvalid

BLOCK = 1 << 20
LONGEST_LINE = 1 << 16
MOST_LINES = 32
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# An accented Latin letter of another encoding reads as one Chinese character inside a Latin word.
_MISREAD = re.compile(r"[A-Za-z][^\x00-\x7f][a-z]")


class Row(NamedTuple):
    """One row: the line it begins on, and its cells; None where it cannot be read as one."""

    line: int
    cells: list[str] | None


class Roll:
    """An opened list; its first row has been read as `header`."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._line = 0
        self._waiting: deque[str] = deque()
        first = next(self._records(0), None)
        if first is None:
            raise ListInvalid("audience_empty", "The list is empty.")
        if first.cells is None or any("\x00" in cell for cell in first.cells):
            raise ListInvalid("audience_unreadable", "The first row of the list is not text in columns.")
        self.header = first.cells

    def rows(self) -> Iterator[Row]:
        """The rows below the header, in order; blank lines are passed over."""
        return self._records(len(self.header))

    def _next(self) -> str | None:
        self._line += 1
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def _records(self, width: int) -> Iterator[Row]:
        while (text := self._next()) is not None:
            line = self._line
            if not text.strip("\r\n \t"):
                continue
            cells = _cells(text) if text.count('"') % 2 == 0 else self._joined(text, width)
            yield Row(line, cells if cells and len(cells) == (width or len(cells)) else None)

    def _joined(self, text: str, width: int) -> list[str] | None:
        """Join the lines of a quoted cell; where no end is found, only the first line is lost."""
        taken: list[str] = []
        whole, odd = text, True
        while odd and len(taken) < MOST_LINES and (more := self._next()) is not None:
            taken.append(more)
            whole += more
            odd ^= more.count('"') % 2 == 1
        cells = None if odd else _cells(whole)
        if cells is not None and len(cells) == (width or len(cells)):
            return cells
        self._waiting.extendleft(reversed(taken))
        self._line -= len(taken)
        return None


def _cells(text: str) -> list[str] | None:
    if len(text) > LONGEST_LINE:
        return None
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True), None)
    except csv.Error:
        return None


@contextmanager
def opened(path: Path, sha256: str, beat: Callable[[], None]) -> Iterator[Roll]:
    """Open a list whose bytes have this SHA-256; `beat` is called now and then while they are read.

    Raises:
        ListInvalid: `audience_missing` where there is no such file, `audience_changed` where the bytes are
            others than those that were named, also while they are read, `audience_unreadable` where they
            are neither UTF-8 nor GB18030, `audience_empty` where there is nothing in it.

    """
    try:
        file = path.open("rb")
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise ListInvalid("audience_missing", f"The list cannot be opened: {reason}.") from None
    with file:
        before = os.fstat(file.fileno())
        encoding = _encoding(file, sha256, beat)
        file.seek(0)
        text = TextIOWrapper(file, encoding=encoding, newline="")
        yield Roll(_lines(text))
        after = os.fstat(text.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise ListInvalid("audience_changed", "The list was changed while it was read.")


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """Give the lines; one that is too long is cut, so that no file can fill the memory."""
    while line := text.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = text.readline(LONGEST_LINE + 1)
        yield line


def _encoding(file: BinaryIO, sha256: str, beat: Callable[[], None]) -> str:
    """Prove the bytes and find their encoding in one pass."""
    hashed = hashlib.sha256()
    guess = _Guess()
    while block := file.read(BLOCK):
        beat()
        hashed.update(block)
        guess.read(block)
    if not guess.start:
        raise ListInvalid("audience_empty", "The list is empty.")
    if hashed.hexdigest() != sha256:
        raise ListInvalid("audience_changed", "The list is not the one that was named: its SHA-256 differs.")
    encoding = guess.answer()
    if encoding is None:
        raise ListInvalid(
            "audience_unreadable", "The list is neither UTF-8 nor GB18030; save it as CSV UTF-8."
        )
    return encoding


class _Guess:
    """UTF-8 as long as it holds; GB18030 where nothing speaks against it."""

    def __init__(self) -> None:
        self.start = b""
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8-sig")()
        self._gb18030: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("gb18030")()
        self._chinese = False

    def read(self, block: bytes) -> None:
        self.start = self.start or block[:2]
        if self._utf8 is not None:
            try:
                self._chinese = self._chinese or bool(_CHINESE.search(self._utf8.decode(block)))
            except UnicodeDecodeError as error:
                self._utf8 = None
                sound = bytes(error.object[: error.start]).decode("utf-8", "ignore")
                # Chinese in sound UTF-8 before the fault: a damaged file, not one in GB18030.
                self._chinese = self._chinese or bool(_CHINESE.search(sound))
        if self._gb18030 is not None:
            try:
                text = self._gb18030.decode(block)
            except UnicodeDecodeError:
                self._gb18030 = None
            else:
                if self._utf8 is None and _MISREAD.search(text):
                    self._gb18030 = None

    def answer(self) -> str | None:
        if self.start in _UTF16:
            return None
        if _ended(self._utf8):
            return "utf-8-sig"
        return "gb18030" if _ended(self._gb18030) and not self._chinese else None


def _ended(reader: codecs.IncrementalDecoder | None) -> bool:
    """Say whether the bytes did not stop in the middle of a character."""
    try:
        return reader is not None and reader.decode(b"", final=True) == ""
    except UnicodeDecodeError:
        return False
