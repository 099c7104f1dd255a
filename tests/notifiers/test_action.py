"""A containment order is one act however often it is asked, and its outcome is named honestly."""

import asyncio
import json
from base64 import b64encode

import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from notifiers.action import Endpoint, HttpAction, Order
from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable
from service.local_endpoints.edr_like import EdrLike
from service.local_endpoints.local_server import LocalServer

ORDER = Order(key="incident/I-1/contain/1", incident="I-1", step="isolate-host", target="host-4711")


def endpoint(edr: EdrLike, **changes) -> Endpoint:
    fields = {
        "url": f"{edr.url}/contain",
        "undo_url": f"{edr.url}/release",
        "connect": 0.5,
        "reply": 0.5,
    }
    return Endpoint(**{**fields, **changes})


async def test_contained_once_and_released_once():
    async with EdrLike(bearer="secret") as edr, HttpAction(endpoint(edr, bearer="secret")) as action:
        first = await action.perform(ORDER)
        second = await action.perform(ORDER)
        assert edr.isolated == {"host-4711"}
        assert edr.carried_out == {"contain": 1}
        assert (first.code, second.code) == ("action.http.201", "action.http.200")
        assert first.evidence == second.evidence
        await action.undo(ORDER)
        await action.undo(ORDER)
        assert not edr.isolated
        assert edr.carried_out == {"contain": 1, "release": 1}


async def test_the_same_key_with_another_order_is_refused():
    async with EdrLike() as edr, HttpAction(endpoint(edr)) as action:
        await action.perform(ORDER)
        with pytest.raises(Refused, match=r"action\.http\.422"):
            await action.perform(Order(ORDER.key, "I-1", "isolate-host", "host-4712"))
        assert edr.isolated == {"host-4711"}


@pytest.mark.parametrize(
    ("failing", "expected", "code", "done"),
    [
        (500, Unknown, "action.http.500", 0),
        (-500, Unknown, "action.http.500", 1),
        (0, Unknown, "action.silence", 0),
        (408, Unknown, "action.http.408", 0),
        (429, Unreachable, "action.http.429", 0),
        (409, Unreachable, "action.http.409", 0),
        (400, Refused, "action.http.400", 0),
        (422, Refused, "action.http.422", 0),
        (401, Misconfigured, "action.http.401", 0),
        (403, Misconfigured, "action.http.403", 0),
        (404, Misconfigured, "action.http.404", 0),
        (302, Misconfigured, "action.http.302", 0),
    ],
)
async def test_each_answer_has_its_class_and_asking_again_is_safe(failing, expected, code, done):
    async with EdrLike(failing=(failing,)) as edr, HttpAction(endpoint(edr)) as action:
        with pytest.raises(expected) as caught:
            await action.perform(ORDER)
        assert caught.value.code == code
        assert "host-4711" not in f"{caught.value} {caught.value!r} {ORDER!r}"
        assert edr.carried_out["contain"] == done
        if expected is Unreachable:
            assert caught.value.retry_after == 5.0
        await action.perform(ORDER)
        assert edr.carried_out == {"contain": 1}


async def test_an_endpoint_that_is_away():
    async with EdrLike() as edr:
        gone = endpoint(edr)
    async with HttpAction(gone) as action:
        with pytest.raises(Unreachable, match=r"action\.connect"):
            await action.perform(ORDER)


async def test_a_certificate_of_nobodys(authority):
    server = await asyncio.start_server(
        lambda _, writer: writer.close(),
        "127.0.0.1",
        0,
        ssl=authority.server("192.0.2.1"),
    )
    port = server.sockets[0].getsockname()[1]
    wrong = Endpoint(f"https://127.0.0.1:{port}/", ca_file=authority.file, connect=2.0, reply=2.0)
    async with HttpAction(wrong) as action:
        with pytest.raises(Misconfigured, match=r"tls\.unverified"):
            await action.perform(ORDER)
    server.close()
    await server.wait_closed()


async def test_a_step_without_undo_says_so():
    async with EdrLike() as edr, HttpAction(endpoint(edr, undo_url="")) as action:
        with pytest.raises(Refused, match=r"action\.no_undo"):
            await action.undo(ORDER)


async def test_the_order_is_signed_in_the_standard_way():
    secret = "whsec_" + b64encode(b"a secret of thirty-two bytes, ok").decode()
    seen = []

    async def take(request: Request) -> JSONResponse:
        body = await request.body()
        seen.append((Webhook(secret).verify(body, dict(request.headers)), dict(request.headers)))
        return JSONResponse({})

    server = LocalServer(Starlette(routes=[Route("/", take, methods=["POST"])]))
    async with server, HttpAction(Endpoint(f"{server.url}/", signing_secret=secret)) as action:
        await action.perform(ORDER)
    [(body, headers)] = seen
    assert json.loads(json.dumps(body)) == {
        "verb": "perform",
        "incident": "I-1",
        "step": "isolate-host",
        "target": "host-4711",
        "drill": False,
    }
    assert headers["idempotency-key"] == headers["webhook-id"] == ORDER.key


@pytest.mark.parametrize("url", ["", "gopher://x", "host-only", "https://", "https://[::1"])
def test_addresses_that_cannot_be(url):
    with pytest.raises(Misconfigured, match=r"action\.url"):
        HttpAction(Endpoint(url))


def test_settings_that_cannot_be():
    with pytest.raises(Misconfigured, match=r"action\.cleartext"):
        HttpAction(Endpoint("http://edr.example.invalid", bearer="hunter2"))
    with pytest.raises(Misconfigured, match=r"action\.secret"):
        HttpAction(Endpoint("https://a.invalid", signing_secret="whsec_ä"))
    assert "hunter2" not in repr(Endpoint("https://a.invalid", bearer="hunter2", signing_secret="hunter2"))


@pytest.mark.parametrize("key", ["", "a\r\nX: y", "é", "x" * 256])
async def test_a_key_that_cannot_travel(key):
    async with HttpAction(Endpoint("https://a.invalid")) as action:
        with pytest.raises(Misconfigured, match=r"action\.key"):
            await action.perform(Order(key, "I-1", "s", "t"))
