"""Requests over kept connections, against a server that answers with bytes as the test says."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from notifiers import http_wire
from notifiers.http_wire import Lost, NotConnected, Silent, Wires

REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nRetry-After: 7\r\n\r\n{}"


class Server:
    """Answers each request with the next bytes; None hangs up, "" stays silent."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.connections = 0
        self.requests = 0

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.requests += 1
                answer = self.answers.pop(0) if self.answers else OK
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def wired(server, **changes):
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    fields = {"tls": False, "limit": 4, "connect": 2.0, "reply": 2.0}
    wires = Wires("127.0.0.1", port, **{**fields, **changes})
    yield wires
    await wires.aclose()
    listening.close()
    await listening.wait_closed()


async def test_one_connection_serves_one_after_the_other():
    server = Server()
    async with wired(server) as wires:
        for _ in range(5):
            answer = await wires.ask(REQUEST)
            assert (answer.status, answer.body, answer.wait) == (201, b"{}", "7")
    assert (server.connections, server.requests) == (1, 5)


async def test_no_more_connections_than_allowed():
    server = Server()
    async with wired(server, limit=3) as wires:
        await asyncio.gather(*(wires.ask(REQUEST) for _ in range(40)))
    assert server.connections <= 3
    assert server.requests == 40


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, Lost),
        (b"SSH-2.0-nonsense\r\n\r\n", Lost),
        (b"HTTP/1.1 201 Created\r\nContent-Length: nine\r\n\r\n", Lost),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 2000000\r\n\r\n" + b"a" * 1_100_000, Lost),
        (b"", Silent),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{", Silent),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Silent),
    ],
)
async def test_what_is_no_answer_is_told_apart_and_its_connection_never_used_again(answer, expected):
    server = Server(answer)
    async with wired(server, reply=0.2) as wires:
        with pytest.raises(expected):
            await wires.ask(REQUEST)
        assert (await wires.ask(REQUEST)).status == 201
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        OK.replace(b"Retry-After: 7", b"Connection: close"),
        b"HTTP/1.0 201 Created\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
async def test_a_connection_that_said_too_much_or_goodbye_is_not_used_again(answer):
    server = Server(answer)
    async with wired(server) as wires:
        assert (await wires.ask(REQUEST)).body == b"{}"
        assert (await wires.ask(REQUEST)).status == 201
    assert server.connections == 2


async def test_a_word_on_the_way_is_not_the_answer():
    async with wired(Server(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)) as wires:
        assert (await wires.ask(REQUEST)).status == 201


async def test_a_connection_that_has_been_idle_for_long_is_not_trusted(monkeypatch):
    server = Server()
    async with wired(server) as wires:
        await wires.ask(REQUEST)
        monkeypatch.setattr(http_wire, "IDLE", 0.0)
        await wires.ask(REQUEST)
    assert server.connections == 2


async def test_nobody_there(unused_port):
    wires = Wires("127.0.0.1", unused_port, tls=False, limit=1, connect=1.0, reply=1.0)
    with pytest.raises(NotConnected):
        await wires.ask(REQUEST)
