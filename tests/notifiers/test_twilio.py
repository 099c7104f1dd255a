"""SMS and calls against an endpoint that speaks Twilio's answers and knows what it really took."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable
from notifiers.port import Accepted, Form, Reference
from notifiers.sms import SmsNotifier
from notifiers.twilio_codes import MISCONFIGURED, REFUSED, judged
from notifiers.twilio_line import TwilioAccount, TwilioLine
from notifiers.voice import spoken
from service.local_endpoints.local_server import LocalServer
from service.local_endpoints.twilio_fault import ProviderFault, Turn
from service.local_endpoints.twilio_like import TwilioLike
from tests.notifiers.letters import until
from tests.notifiers.numbers import account, reference, text


class Door:
    """Takes receipts, and checks their signatures as the real door does."""

    def __init__(self, token: str) -> None:
        self.got: list[tuple[str, dict[str, str]]] = []
        self.forged = 0
        self._validator = RequestValidator(token)
        self.server = LocalServer(
            Starlette(routes=[Route("/receipts/twilio/{row}", self.take, methods=["POST"])])
        )

    async def take(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        if not self._validator.validate(
            f"{self.server.url}{request.url.path}",
            form,
            request.headers["X-Twilio-Signature"],
        ):
            self.forged += 1
        self.got.append((request.path_params["row"], form))
        return Response(status_code=204)


async def test_accepted_and_reported_to_the_row_it_belongs_to(kind):
    provider = TwilioLike()
    door = Door(provider.auth_token)
    async with provider, door.server:
        async with kind(account(provider, public_url=door.server.url)) as notifier:
            accepted = await notifier.send(text(7))
        await provider.settled()
    [made] = provider.created
    assert accepted.provider_ref == made.sid
    assert made.to == "+8613800138007"
    assert "请修改密码" in made.body
    assert {row for row, _ in door.got} == {"row-7"}
    assert not door.forged
    last = door.got[-1][1]
    assert last.get("MessageStatus", last.get("CallStatus")) in ("delivered", "completed")


@pytest.mark.parametrize(
    ("fault", "expected", "code", "taken"),
    [
        (ProviderFault(Turn.THROTTLED), Unreachable, "twilio.20429", 0),
        (ProviderFault(Turn.BROKEN), Unknown, "twilio.http.500", 0),
        (ProviderFault(Turn.BROKEN_AFTER), Unknown, "twilio.http.500", 1),
        (ProviderFault(Turn.SILENT), Unknown, "twilio.silence", 0),
        (ProviderFault(Turn.SILENT_AFTER), Unknown, "twilio.silence", 1),
        (ProviderFault(Turn.CUT_AFTER), Unknown, "twilio.connection.lost", 1),
        (ProviderFault(Turn.GARBLED_AFTER), Unknown, "twilio.garbled", 1),
        (ProviderFault(Turn.MOVED), Misconfigured, "twilio.http.307", 0),
        (ProviderFault(Turn.REFUSED, code=21211), Refused, "twilio.21211", 0),
        (ProviderFault(Turn.REFUSED, code=21610), Refused, "twilio.21610", 0),
        (ProviderFault(Turn.REFUSED, code=21614), Refused, "twilio.21614", 0),
        (ProviderFault(Turn.REFUSED, code=21408, status=403), Refused, "twilio.21408", 0),
        (ProviderFault(Turn.REFUSED, code=21999), Refused, "twilio.21999", 0),
        (ProviderFault(Turn.REFUSED, code=21611, status=429), Unreachable, "twilio.21611", 0),
        (ProviderFault(Turn.REFUSED, code=21606), Misconfigured, "twilio.21606", 0),
        (ProviderFault(Turn.REFUSED, code=20404, status=404), Misconfigured, "twilio.20404", 0),
        (ProviderFault(Turn.REFUSED, code=20005, status=403), Misconfigured, "twilio.20005", 0),
        (ProviderFault(Turn.REFUSED, code=12345), Misconfigured, "twilio.12345", 0),
        (ProviderFault(Turn.REFUSED, code=400), Misconfigured, "twilio.http.400", 0),
        (ProviderFault(Turn.REFUSED, code=408, status=408), Unknown, "twilio.http.408", 0),
    ],
    ids=lambda value: value.turn.value if isinstance(value, ProviderFault) else None,
)
async def test_each_way_of_going_wrong_has_its_class(kind, fault, expected, code, taken):
    script = ProviderFault(fault.turn, status=fault.status, code=fault.code, times=1)
    async with TwilioLike(faults=(script,), callbacks=False) as provider:
        async with kind(account(provider)) as notifier:
            with pytest.raises(expected) as caught:
                await notifier.send(text(1))
            assert caught.value.code == code
            assert "138001380" not in f"{caught.value} {caught.value!r}"
            assert len(provider.created) == taken
            assert isinstance(await notifier.send(text(2)), Accepted)
        assert provider.requests == 2


@pytest.mark.parametrize(("header", "seconds"), [(None, 30.0), (7, 7.0), (999_999, 3600.0)])
async def test_throttling_says_when_to_come_back(kind, header, seconds):
    fault = ProviderFault(Turn.THROTTLED, retry_after=header)
    async with TwilioLike(faults=(fault,)) as provider, kind(account(provider)) as notifier:
        with pytest.raises(Unreachable) as caught:
            await notifier.send(text(1))
    assert caught.value.retry_after == seconds


async def test_a_number_that_is_none_is_refused(kind):
    async with TwilioLike() as provider, kind(account(provider)) as notifier:
        with pytest.raises(Refused, match=r"twilio\.21211"):
            await notifier.send(text(1, to="not a number"))


async def test_a_provider_that_is_away_was_not_sent_to(kind):
    async with TwilioLike() as provider:
        gone = account(provider)
    async with kind(gone) as notifier:
        with pytest.raises(Unreachable, match=r"twilio\.connect"):
            await notifier.send(text(1))
        with pytest.raises(Unreachable, match=r"twilio\.connect"):
            await notifier.look_up(Reference("row-1", "+8613800138001", datetime.now(UTC)))
    async with kind(account(provider, base_url="https://nobody.invalid")) as notifier:
        with pytest.raises(Unreachable, match=r"twilio\.connect"):
            await notifier.send(text(1))


async def test_wrong_credentials_stop_the_channel_at_once(kind):
    async with TwilioLike() as provider:
        wrong = account(provider, secret="not the token", concurrency=4)
        async with kind(wrong) as notifier:
            outcomes = await notifier.send_many([text(number) for number in range(90)])
            assert {type(outcome) for outcome in outcomes} == {Misconfigured}
            assert {outcome.code for outcome in outcomes if isinstance(outcome, NotifierError)} == {
                "twilio.20003"
            }
            with pytest.raises(Misconfigured, match=r"twilio\.20003"):
                await notifier.look_up(Reference("row-1", "+8613800138001", datetime.now(UTC)))
        assert provider.requests <= 10
    assert "not the token" not in repr(wrong)


async def test_a_batch_keeps_its_order_and_its_limit(kind):
    fault = ProviderFault(Turn.REFUSED, to="+8613800138033", code=21610)
    async with (
        TwilioLike(faults=(fault,), callbacks=False) as provider,
        kind(account(provider, concurrency=8)) as notifier,
    ):
        outcomes = await notifier.send_many([text(number) for number in range(80)])
    by_sid = {made.sid: made.to for made in provider.created}
    for number, outcome in enumerate(outcomes):
        if number == 33:
            assert isinstance(outcome, Refused)
        else:
            assert by_sid[outcome.provider_ref] == f"+86138001380{number:02d}"


async def test_words_that_are_no_text_are_sent_as_far_as_they_are(kind):
    async with TwilioLike(callbacks=False) as provider, kind(account(provider)) as notifier:
        assert isinstance(await notifier.send(text(1, text="张\ud800三")), Accepted)


def test_what_is_ours_to_get_right():
    with pytest.raises(Misconfigured, match=r"twilio\.cleartext"):
        TwilioLine(TwilioAccount("AC1", "AC1", "x", base_url="http://api.example.invalid"))
    with pytest.raises(Misconfigured, match=r"receipt\.reference"):
        TwilioAccount("AC1", "AC1", "x", public_url="https://a.invalid").receipt_url("row/../1")
    assert TwilioAccount("AC1", "AC1", "x").receipt_url("row-1") is None


def test_a_spoken_text_is_escaped_and_said_twice():
    twiml = spoken("<Dial>+8613800138000</Dial> & 您好", "zh")
    assert '<Say language="zh-CN" loop="2">&lt;Dial&gt;+8613800138000&lt;/Dial&gt; &amp; 您好</Say>' in twiml
    with pytest.raises(Refused, match=r"voice\.too_long"):
        spoken("长" * 4001, "zh-CN")


def test_no_code_is_in_two_tables():
    assert not REFUSED.keys() & MISCONFIGURED.keys()
    assert isinstance(judged(0, 401), Misconfigured)
    assert isinstance(judged(0, 429), Unreachable)


async def test_nothing_of_a_request_is_logged(caplog):
    caplog.set_level(0)
    async with TwilioLike(callbacks=False) as provider, SmsNotifier(account(provider)) as notifier:
        await notifier.send(text(1))
        await notifier.look_up(reference(text(1)))
    ours = [record for record in caplog.records if not record.name.startswith(("asyncio", "uvicorn"))]
    assert "138001380" not in " ".join(record.getMessage() for record in ours)


async def test_a_cancelled_request_does_not_block_the_next():
    fault = ProviderFault(Turn.SILENT, times=1)
    async with (
        TwilioLike(faults=(fault,), callbacks=False) as provider,
        SmsNotifier(account(provider, concurrency=1, reply=30.0)) as notifier,
    ):
        task = asyncio.create_task(notifier.send(text(1)))
        await until(lambda: provider.requests)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert isinstance(await notifier.send(text(2)), Accepted)


async def test_an_answer_without_a_sid_proves_nothing(kind):
    async def vague(_: Request) -> Response:
        return Response('{"status": "queued"}', 201, media_type="application/json")

    server = LocalServer(Starlette(routes=[Route("/{rest:path}", vague, methods=["POST"])]))
    async with (
        server,
        kind(TwilioAccount("AC1", "AC1", "x", "+15550001111", base_url=server.url)) as notifier,
    ):
        with pytest.raises(Unknown, match=r"twilio\.garbled"):
            await notifier.send(text(1))


async def test_a_certificate_of_nobodys_gets_no_number(kind, authority):
    server = await asyncio.start_server(
        lambda _, writer: writer.close(),
        "127.0.0.1",
        0,
        ssl=authority.server("127.0.0.1"),
    )
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with kind(TwilioAccount("AC1", "AC1", "x", "+15550001111", base_url=url)) as notifier:
        with pytest.raises(Misconfigured, match=r"tls\.unverified"):
            await notifier.send(text(1))
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("url", ["https://", "https://exa mple.invalid", "https://[::1"])
async def test_an_address_of_the_provider_that_is_none(kind, url):
    with pytest.raises((Misconfigured, Unreachable)):
        async with kind(TwilioAccount("AC1", "AC1", "x", "+15550001111", base_url=url)) as notifier:
            await notifier.send(text(1))


async def test_a_form_arrives_as_it_is_written(kind):
    form = Form(("【警钟】尊敬的 ", "：100% & + =\n请修改密码。"))
    async with TwilioLike(callbacks=False) as provider, kind(account(provider)) as notifier:
        for name in ("张 三&+%", "", "Zoë"):
            said = name.join(form.text)
            await notifier.send(text(1, text=said, form=form, name=name))
            if provider.created[-1].kind == "Messages":
                assert provider.created[-1].body == said
