"""A second process that reads a long list's rows, while the worker places, seals and writes the last ones.

Judging somebody and making their names take as long as all the rest. The process gets the rows and the key of
the names over a pipe, keeps nothing, and ends when the pipe does; where it fails, the worker reads by itself.
"""

import logging
import os
import signal
import struct
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as awaited
from itertools import chain, islice
from typing import IO, Final

import orjson

from activities.judging import Judge, Judged, Read, Terms
from domain.audience import Columns
from domain.listing import Row
from ledger.naming import Names

# Chunks at a list's head that the worker reads itself: a short list is done before a process has started.
ALONE: Final = 2
# Chunks that are asked for before the first answer is needed.
AHEAD: Final = 3
# A whole answer fits into the pipe, so that the process goes on while the worker is busy.
PIPE: Final = 1 << 20
# Below the worker's own priority: a filing does not wait for a list.
NICE: Final = 5
_LENGTH: Final = struct.Struct(">I")

log = logging.getLogger(__name__)


class Beside:
    """`Judges` in a process beside the worker, for lists longer than `alone` chunks on more than one core.

    `patience` seconds are waited for its start at most. The worker reads until it has started, and where it
    falls behind.
    """

    def __init__(self, *, alone: int = ALONE, patience: float = 0.0) -> None:
        self._alone = alone
        self._patience = patience

    def __call__(
        self, judge: Judge, terms: Terms, chunks: Iterator[list[Row]]
    ) -> Generator[tuple[list[Row], Judged]]:
        """Give each chunk with what was read in it, in their order."""
        for rows in chunks if _cores() == 1 else islice(chunks, self._alone):
            yield rows, judge.read(rows)
        following = next(chunks, None)
        if following is None:
            return
        reader = Reader(terms)
        try:
            yield from self._shared(reader, judge, chain([following], chunks))
        finally:
            reader.end()

    def _shared(
        self, reader: "Reader", judge: Judge, chunks: Iterator[list[Row]]
    ) -> Generator[tuple[list[Row], Judged]]:
        asked: deque[tuple[list[Row], Future[Judged | None]]] = deque()
        awaited([reader.started], self._patience)
        for rows in chunks:
            behind = len(asked) == AHEAD and not asked[0][1].done()
            shared = reader.ready and not behind
            asked.append((rows, reader.ask(rows) if shared else _done(judge.read(rows))))
            while asked and (len(asked) > AHEAD or not reader.ready):
                yield _answered(judge, *asked.popleft())
        while asked:
            yield _answered(judge, *asked.popleft())


def _done(judged: Judged) -> "Future[Judged | None]":
    answer: Future[Judged | None] = Future()
    answer.set_result(judged)
    return answer


def _answered(judge: Judge, rows: list[Row], answer: "Future[Judged | None]") -> tuple[list[Row], Judged]:
    read = answer.result()
    return rows, judge.read(rows) if read is None else read


class Reader:
    """The process, seen from the worker; a thread of its own asks it, so that neither waits in a pipe."""

    def __init__(self, terms: Terms) -> None:
        # In a session of its own: Ctrl-C is for the worker, whose end closes the pipe.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service.judging"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What it said of a fault might name somebody; the worker meets the same fault, and says it well.
            stderr=subprocess.DEVNULL,
            pipesize=PIPE,
            start_new_session=True,
        )
        self._hand = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._broken = False
        self.started: Future[bytes | None] = self._hand.submit(
            self._carried, terms.model_dump_json().encode()
        )

    @property
    def ready(self) -> bool:
        """Whether it has started, and is there."""
        return self.started.done() and not self._broken

    def ask(self, rows: list[Row]) -> "Future[Judged | None]":
        """What it reads in these rows; None where it could not be asked."""
        return self._hand.submit(self._asked, rows)

    def end(self) -> None:
        """Let it go."""
        self._broken = True
        self.process.kill()
        self._hand.shutdown(wait=True, cancel_futures=True)
        self.process.communicate()

    def _asked(self, rows: list[Row]) -> Judged | None:
        question = orjson.dumps([(row.line, row.cells) for row in rows])
        answer = self._carried(question)
        if answer is None:
            return None
        reads, traits = orjson.loads(answer)
        return Judged([Read(*each) for each in reads], traits)

    def _carried(self, question: bytes) -> bytes | None:
        if self._broken:
            return None
        try:
            _put(_open(self.process.stdin), question)
            answer = _got(_open(self.process.stdout))
        except (OSError, EOFError) as gone:
            if not self._broken:
                log.warning("The process that reads lists has failed (%s).", type(gone).__name__)
            self._broken = True
            return None
        return answer


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _open(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise EOFError
    return pipe


def _put(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()


def _got(pipe: IO[bytes]) -> bytes:
    """Take what was put at the other end.

    Raises:
        EOFError: the other end is closed.

    """
    (length,) = _LENGTH.unpack(_whole(pipe, _LENGTH.size))
    return _whole(pipe, length)


def _whole(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def main() -> None:
    """Read rows for the worker at the other end of the pipes until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICE)
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        terms = Terms.model_validate_json(_got(asked))
        columns = Columns(terms.header, terms.fields)
        judge = Judge(columns, terms.channels, Names(bytes.fromhex(terms.naming)).person)
        _put(answers, b"")
        while True:
            rows = [Row(line, cells) for line, cells in orjson.loads(_got(asked))]
            reads, traits = judge.read(rows)
            _put(answers, orjson.dumps(([tuple(each) for each in reads], traits)))
    except (EOFError, BrokenPipeError):
        return


if __name__ == "__main__":
    main()
