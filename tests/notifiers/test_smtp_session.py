"""A reply is the same reply however the network cuts it, and never more than one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from notifiers.errors import Unknown, Unreachable
from notifiers.smtp_line import Envelope, Offers, SmtpLine
from notifiers.smtp_pipeline import SmtpPipeline
from notifiers.smtp_session import SmtpSession
from notifiers.smtp_stage import Patience

ANSWERS = {b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"DATA": b"354 go\r\n", b".": b"250 taken\r\n"}
SOON = 0.5


WAYS = {
    "one by one": (SmtpSession, Offers()),
    "pipelined": (SmtpPipeline, Offers(pipelining=True)),
    "chunked": (SmtpPipeline, Offers(pipelining=True, chunking=True)),
}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@asynccontextmanager
async def line(
    way, answers: dict[bytes, bytes], piece: int = 4096, final: float = 30.0
) -> AsyncIterator[SmtpLine]:
    """A connection to a server that sends its answers in pieces."""
    speaks, offers = way

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        in_data = False
        while command := await reader.readline():
            if in_data and command != b".\r\n":
                continue
            word = command.split()[0]
            if word == b"BDAT":
                await reader.readexactly(int(command.split()[1]))
                word = b"."
            answer = {**ANSWERS, b"RSET": b"250 ok\r\n", b"QUIT": b"221 bye\r\n", **answers}[word]
            in_data = word == b"DATA" and answer.startswith(b"354")
            for start in range(0, len(answer), piece):
                writer.write(answer[start : start + piece])
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
    session = speaks(transport, Patience(final=final), offers)
    transport.set_protocol(session)
    try:
        yield session
    finally:
        await session.quit()
        server.close()
        await server.wait_closed()


class Few:
    """A work of so many messages."""

    def __init__(self, number: int) -> None:
        self.waiting = list(range(number))
        self.outcomes: dict[int, object] = {}

    def take(self, line):  # noqa: ARG002 - the protocol's own
        if not self.waiting:
            return None
        content = b"Subject: x\r\n\r\n.\r\nx\r\n"
        return Envelope(self.waiting.pop(0), b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<c@d>\r\n", content)

    def settle(self, envelope, outcome):
        self.outcomes[envelope.place] = outcome

    def again(self, envelope):
        self.waiting.insert(0, envelope.place)

    def halted(self):
        return False


async def carried(session: SmtpLine, number: int = 1) -> list[object]:
    work = Few(number)
    await session.carry(work)
    return [work.outcomes[place] for place in sorted(work.outcomes)]


MANY_LINES = {
    b"MAIL": b"250-sender\r\n250-is\r\n250 fine\r\n",
    b"RCPT": b"250-2.1.5 recipient\r\n250 2.1.5 is fine\r\n",
    b".": b"250-2.0.0\r\n250 2.0.0 taken\r\n",
}


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 11, 4096])
@pytest.mark.parametrize("answers", [{}, MANY_LINES], ids=["one line", "many lines"])
async def test_replies_in_pieces(way, answers, piece):
    async with line(way, answers, piece) as session:
        assert await carried(session, 3) == [250, 250, 250]
        assert await carried(session) == [250]
        assert session.usable


@pytest.mark.parametrize("piece", [1, 3, 4096])
async def test_a_refusal_in_pieces(way, piece):
    refused = b"550-5.1.1 no\r\n550 5.1.1 such user\r\n"
    # A pipelined DATA is asked all the same, and refused for want of a recipient.
    answers = {b"RCPT": refused, b"DATA": b"554 5.5.1 no valid recipients\r\n"}
    async with line(way, answers, piece) as session:
        for _ in range(2):
            for outcome in await carried(session, 2):
                assert str(outcome) == "smtp.rcpt.550: 5.1.1"
        assert session.usable


async def test_a_reply_without_an_end(way):
    async with line(way, {b"RCPT": b"x" * 200_000}) as session:
        [outcome] = await carried(session)
        assert isinstance(outcome, Unreachable)
        assert outcome.code == "smtp.rcpt.garbled"
        assert not session.usable
        assert await carried(session) == []


async def test_a_reply_that_never_ends_its_lines_runs_out_of_time(way):
    async with line(way, {b".": b"250-more\r\n" * 100}, final=SOON) as session:
        [outcome] = await carried(session)
        assert isinstance(outcome, Unknown)
        assert outcome.code == "smtp.silence.dot"


async def test_one_work_at_a_time(way):
    async with line(way, {}) as session:
        first = Few(1)
        done = session.carry(first)
        assert await carried(session) == []
        await done
        assert first.outcomes == {0: 250}


@pytest.mark.parametrize("word", [b"MAIL", b"RCPT", b"DATA"])
async def test_a_server_that_assents_behind_its_own_refusal_is_believed_once_and_left(word):
    way = WAYS["pipelined"]
    async with line(way, {word: b"450 4.2.0 later\r\n"}) as session:
        [outcome] = await carried(session)
        assert isinstance(outcome, Unreachable)
        assert outcome.code == f"smtp.{word.decode().lower()}.450"
        assert session.usable is (word == b"DATA")
        # Only a message asked for although nobody may get it shows that this server cannot be pipelined.
        assert session.unsound is (word == b"RCPT")
