"""A list of people as delimited text: encoding and delimiter found, rows read with constant memory."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path

from activities.proven import proven
from domain.listing import ListInvalid, Row

LONGEST_LINE = 1 << 16
MOST_LINES = 32
DELIMITERS = (",", ";", "\t", "|")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
# An accented Latin letter of another encoding reads as one Chinese character inside a Latin word.
_MISREAD = re.compile(r"[A-Za-z][^\x00-\x7f][a-z]")


class Roll:
    """An opened list; its first row has been read as `header`, and says by what the cells are divided.

    Raises:
        ListInvalid: `audience_empty`, or `audience_unreadable` where the first row is not text in columns.

    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._line = 0
        self._waiting: deque[str] = deque()
        self._delimiter = ","
        self.header = self._first()

    def rows(self, wanted: frozenset[int] | None = None) -> Iterator[Row]:  # noqa: ARG002 - a line is read whole
        """The rows below the header, in order; blank lines are passed over."""
        width = len(self.header)
        while (text := self._next()) is not None:
            line = self._line
            if not text.strip("\r\n \t"):
                continue
            if '"' in text:
                cells = self._quoted(text, width)
            else:
                # Without a quote the reader of the library does the same, more slowly.
                cells = None if len(text) > LONGEST_LINE else text.rstrip("\r\n").split(self._delimiter)
            if cells is not None and len(cells) == width:
                yield Row(line, cells)
            else:
                yield Row(line, None, _torn(text, self._delimiter))

    def _first(self) -> list[str]:
        while (text := self._next()) is not None:
            if not text.strip("\r\n \t"):
                continue
            best: list[str] | None = None
            for delimiter in DELIMITERS:
                self._delimiter, tried = delimiter, self._delimiter
                cells = _cells(text, delimiter) if text.count('"') % 2 == 0 else None
                if cells is not None and (best is None or len(cells) > len(best)):
                    best = cells
                else:
                    self._delimiter = tried
            if best is None or any("\x00" in cell for cell in best):
                raise ListInvalid(
                    "audience_unreadable",
                    "The first row of the list is not text in columns"
                    + (
                        f": it is longer than {LONGEST_LINE:,} characters."
                        if len(text) > LONGEST_LINE
                        else "."
                    ),
                )
            return best
        raise ListInvalid("audience_empty", "The list is empty.")

    def _next(self) -> str | None:
        self._line += 1
        return self._waiting.popleft() if self._waiting else next(self._lines, None)

    def _quoted(self, text: str, width: int) -> list[str] | None:
        return _cells(text, self._delimiter) if text.count('"') % 2 == 0 else self._joined(text, width)

    def _joined(self, text: str, width: int) -> list[str] | None:
        """Join the lines of a quoted cell; where no end is found, only the first line is lost."""
        taken: list[str] = []
        whole, odd = text, True
        while odd and len(taken) < MOST_LINES and (more := self._next()) is not None:
            taken.append(more)
            whole += more
            odd ^= more.count('"') % 2 == 1
        cells = None if odd else _cells(whole, self._delimiter)
        if cells is not None and len(cells) == width:
            return cells
        self._waiting.extendleft(reversed(taken))
        self._line -= len(taken)
        return None


def _cells(text: str, delimiter: str) -> list[str] | None:
    if len(text) > LONGEST_LINE:
        return None
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True, delimiter=delimiter), None)
    except csv.Error:
        return None


def _torn(text: str, delimiter: str) -> list[str]:
    """What can be made of a line that is no row."""
    line = text.rstrip("\r\n")
    return line.split(delimiter) if '"' not in line else [line]


@contextmanager
def opened(path: Path, sha256: str, beat: Callable[[], None]) -> Iterator[Roll]:
    """Open a list whose bytes have this SHA-256; `beat` is called now and then while they are read.

    Raises:
        ListInvalid: as `proven` says; `audience_unreadable` where the bytes are neither UTF-8 nor GB18030,
            `audience_empty` where there is nothing in it.

    """
    guess = _Guess()
    with proven(path, sha256, beat, guess.read) as file:
        encoding = guess.answer()
        if encoding is None:
            raise ListInvalid(
                "audience_unreadable", "The list is neither UTF-8 nor GB18030; save it as CSV UTF-8."
            )
        text = TextIOWrapper(file, encoding=encoding, newline="")
        try:
            yield Roll(_lines(text))
        finally:
            text.detach()


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """Give the lines; one that is too long is cut, so that no file can fill the memory."""
    while line := text.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(("\n", "\r")):
            rest = text.readline(LONGEST_LINE + 1)
        yield line


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
