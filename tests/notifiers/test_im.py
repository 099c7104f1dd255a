"""Group webhooks through Apprise: what they answer decides, what they do not answer is unknown."""

from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable
from notifiers.im import Group, ImNotifier
from notifiers.port import Accepted, Answer, Reference
from service.local_endpoints.local_server import LocalServer
from tests.notifiers.letters import message


async def answer(request: Request) -> Response:
    return Response("", int(request.path_params["status"]))


def webhook() -> LocalServer:
    return LocalServer(Starlette(routes=[Route("/{status}", answer, methods=["POST"])]))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, Refused),
        (401, Misconfigured),
        (404, Misconfigured),
        (429, Unreachable),
        (500, Unknown),
        (503, Unknown),
    ],
)
async def test_each_answer_has_its_class(status, expected):
    async with webhook() as server:
        notifier = ImNotifier([Group("ops", f"json://127.0.0.1:{server.port}/{status}")])
        with pytest.raises(expected, match=rf"im\.{status}"):
            await notifier.send(message(1, to="ops"))


async def test_taken_by_the_group():
    server = webhook()
    async with server, ImNotifier([Group("ops", f"json://127.0.0.1:{server.port}/200")]) as notifier:
        assert notifier.channel == "im"
        outcomes = await notifier.send_many([message(number, to="ops") for number in range(5)])
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)


async def test_no_answer_is_unknown_and_cannot_be_asked(unused_port):
    notifier = ImNotifier([Group("ops", f"json://127.0.0.1:{unused_port}/")])
    with pytest.raises(Unknown, match=r"im\.no_answer"):
        await notifier.send(message(1, to="ops"))
    verdict = await notifier.look_up(Reference("row-1", "ops", datetime.now(UTC)))
    assert verdict.answer is Answer.CANNOT_TELL


async def test_settings_that_cannot_be():
    with pytest.raises(Misconfigured) as caught:
        ImNotifier([Group("ops", "nonsense://token-of-the-group")])
    assert "token-of-the-group" not in str(caught.value)
    with pytest.raises(Misconfigured, match=r"im\.group"):
        await ImNotifier([]).send(message(1, to="ops"))


@pytest.mark.parametrize(
    "url",
    [
        "wecombot://a-bot-key-of-thirty-two-letters-x",
        "dingtalk://" + "a" * 32,
        "feishu://" + "a" * 36,
    ],
)
def test_the_groups_that_people_use_here(url):
    ImNotifier([Group("ops", url)])
