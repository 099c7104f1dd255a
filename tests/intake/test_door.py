"""The door's answers, over a real socket: every row of the bad inputs that touches these routes."""

import asyncio
import base64
import gzip
import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from intake import wire
from intake.signature import signed

LIMIT = 20_000
SECRET = "whsec_" + base64.b64encode(b"the first secret of a test source").decode()
NEXT_SECRET = "whsec_" + base64.b64encode(b"the second secret of a test source").decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"the secret of somebody else, not ours").decode()


async def test_what_is_stored_is_answered_and_can_be_asked_for(post, client, memory, make_finding):
    answer = await post(make_finding())
    assert answer.status_code == 202
    said = answer.json()
    assert said == {"delivery": said["delivery"], "status": "received"}
    asked = (await client.get(f"/deliveries/{said['delivery']}")).json()
    assert (asked["delivery"], asked["status"]) == (said["delivery"], "received")
    (item,) = memory.inbox.pending(10)
    assert json.loads(item.body) == make_finding()


async def test_a_repeat_is_one_delivery_and_says_where_it_went(post, memory, rows, make_finding):
    first = await post(make_finding())
    memory.inbox.carried(memory.inbox.pending(1)[0].id, ["I-AAAAAAAAAAAA", "I-BBBBBBBBBBBB"])
    again = await post(make_finding())
    assert again.status_code == 202
    assert again.json() == {
        "delivery": first.json()["delivery"],
        "status": "carried",
        "incidents": ["I-AAAAAAAAAAAA", "I-BBBBBBBBBBBB"],
    }
    assert rows() == 1


async def test_a_source_may_want_200(post, make_finding):
    assert (await post(make_finding(), source="guardduty")).status_code == 200


async def test_the_same_id_with_another_body_is_kept_and_set_aside(post, client, rows, make_finding):
    first = await post(make_finding())
    other = await post(make_finding(severity_id=1))
    assert other.status_code == 409
    fault = other.json()
    assert fault["code"] == "conflict"
    assert fault["delivery"] != first.json()["delivery"]
    assert (await client.get(f"/deliveries/{fault['delivery']}")).json()["status"] == "quarantined"
    assert (await client.get(f"/deliveries/{first.json()['delivery']}")).json()["status"] == "received"
    again = await post(make_finding(severity_id=1))
    assert (again.status_code, again.json()) == (409, fault)
    assert rows() == 2


async def test_fifty_at_once_with_one_id_are_one_row(post, rows, make_finding):
    answers = await asyncio.gather(*(post(make_finding()) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["delivery"] for answer in answers}) == 1
    assert rows() == 1


async def test_one_id_from_two_sources_is_two_deliveries(post, rows, make_finding):
    await post(make_finding(), source="ocsf")
    await post(make_finding(), source="drill")
    assert rows() == 2


async def test_either_active_secret_proves_a_body(post, make_finding):
    assert (await post(make_finding(), "m-1", secret=SECRET)).status_code == 202
    assert (await post(make_finding(), "m-2", secret=NEXT_SECRET)).status_code == 202


async def test_one_signature_among_several_is_enough(client, make_finding):
    raw = json.dumps(make_finding()).encode()
    head = signed(SECRET, "m-1", datetime.now(UTC), raw)
    other = signed(OTHER_SECRET, "m-1", datetime.now(UTC), raw)
    head["webhook-signature"] = f"v1a,AAAA {other['webhook-signature']} {head['webhook-signature']}"
    assert (await client.post("/alerts/ocsf", content=raw, headers=head)).status_code == 202


def _without(name):
    return lambda head: head.pop(name)


def _with(name, value):
    return lambda head: head.update({name: value})


SPOILT = {
    "no id": _without("webhook-id"),
    "no timestamp": _without("webhook-timestamp"),
    "no signature": _without("webhook-signature"),
    "empty id": _with("webhook-id", ""),
    "an id with a dot": _with("webhook-id", "m.1"),
    "an id with a space": _with("webhook-id", "m 1"),
    "an id out of ASCII": _with("webhook-id", "é".encode()),
    "a very long id": _with("webhook-id", "m" * 257),
    "another id": _with("webhook-id", "m-2"),
    "no number": _with("webhook-timestamp", "yesterday"),
    "a fraction": _with("webhook-timestamp", "1674087231.9"),
    "nan": _with("webhook-timestamp", "nan"),
    "1e400": _with("webhook-timestamp", "1e400"),
    "negative": _with("webhook-timestamp", "-5"),
    "very large": _with("webhook-timestamp", "9" * 400),
    "other digits": _with("webhook-timestamp", "١٧٦٧٢٢٥٦٠٠".encode()),
    "v1": _with("webhook-signature", "v1"),
    "v1,": _with("webhook-signature", "v1,"),
    "v1,a,b": _with("webhook-signature", "v1,a,b"),
    "v1,abc": _with("webhook-signature", "v1,abc"),
    "out of ASCII": _with("webhook-signature", "v1,é".encode()),
    "44 out of ASCII": _with("webhook-signature", b"v1," + b"\xe9" * 44),
    "two spaces": _with("webhook-signature", "v1,abc  v1,abd"),
    "no base64": _with("webhook-signature", "v1," + "*" * 44),
    "zeros": _with("webhook-signature", "v1," + base64.b64encode(bytes(32)).decode()),
    "very many": _with("webhook-signature", " ".join(["v1," + "A" * 44] * 1000)),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
async def test_what_is_not_proven_gets_401_and_one_text(client, rows, make_finding, spoil):
    raw = json.dumps(make_finding()).encode()
    head = signed(SECRET, "m-1", datetime.now(UTC), raw)
    spoil(head)
    answer = await client.post("/alerts/ocsf", content=raw, headers=head)
    assert answer.status_code == 401
    assert answer.json() == {
        "code": "bad_signature",
        "sentence": "The signature does not prove this body: sign its raw bytes with an active secret,"
        " and send it within five minutes of its timestamp.",
    }
    assert rows() == 0


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_a_stale_or_future_timestamp_is_not_proof(post, rows, make_finding, minutes):
    answer = await post(make_finding(), at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert rows() == 0


@pytest.mark.parametrize("minutes", [-4, 4])
async def test_a_little_skew_is_forgiven(post, make_finding, minutes):
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert (await post(make_finding(), at=at)).status_code == 202


async def test_an_altered_body_or_another_secret_is_not_proof(post, client, rows, make_finding):
    head = signed(SECRET, "m-1", datetime.now(UTC), b'{"a":1}')
    altered = await client.post("/alerts/ocsf", content=b'{"a": 1}', headers=head)
    foreign = await post(make_finding(), secret=OTHER_SECRET)
    assert (altered.status_code, foreign.status_code) == (401, 401)
    assert rows() == 0


async def test_an_unknown_source_gets_404_and_nothing_is_stored(post, rows, make_finding):
    for source in ("nobody", "OCSF", "ocsf/", "..%2Focsf", "%00", "警钟"):
        answer = await post(make_finding(), source=source)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_source"), source
    assert rows() == 0


async def test_only_post_brings_alerts(client, rows):
    for method in ("GET", "PUT", "OPTIONS", "DELETE", "PATCH"):
        answer = await client.request(method, "/alerts/ocsf")
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.json()["code"] == "method_not_allowed"
    assert (await client.head("/alerts/ocsf")).status_code == 405
    assert (await client.post("/healthz")).json()["code"] == "method_not_allowed"
    assert rows() == 0


async def test_compressed_bodies_are_not_taken(client, rows):
    packed = gzip.compress(b'{"a":"' + b"0" * 1_000_000 + b'"}')
    for coding in ("gzip", "br", "zstd", "deflate", "gzip, gzip"):
        head = signed(SECRET, "m-1", datetime.now(UTC), packed) | {"content-encoding": coding}
        answer = await client.post("/alerts/ocsf", content=packed, headers=head)
        assert (answer.status_code, answer.json()["code"]) == (415, "compressed")
    assert rows() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense", ""])
async def test_the_content_type_is_not_looked_at(post, make_finding, kind):
    assert (await post(make_finding(), **{"content-type": kind})).status_code == 202


async def test_the_largest_body_is_taken_and_one_byte_more_is_not(post, rows):
    assert (await post(b"x" * LIMIT, "m-1")).status_code == 202
    over = await post(b"x" * (LIMIT + 1), "m-2")
    assert (over.status_code, over.json()["code"]) == (413, "too_large")
    assert rows() == 1


UNPARSABLE = [b"", b"   ", b"null", b"[1,2", b"\xff\xfe", b'{"a":1,"a":2}', b"{" * 15_000, b"name=value"]


@pytest.mark.parametrize("body", UNPARSABLE)
async def test_what_is_proven_but_no_json_is_stored_all_the_same(post, memory, body):
    answer = await post(body)
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    assert memory.inbox.pending(1)[0].body == body


async def test_while_the_ledger_is_away_nothing_is_acknowledged(post, client, memory, rows, make_finding):
    with memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO away")
    answer = await post(make_finding())
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert (await client.get("/readyz")).status_code == 503
    assert (await client.get("/healthz")).status_code == 200
    with memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO inbox")
    assert (await client.get("/readyz")).json() == {"status": "ok"}
    assert (await post(make_finding())).status_code == 202
    assert rows() == 1


async def test_a_delivery_is_shown_only_to_who_was_given_its_name(post, client, make_finding):
    name = (await post(make_finding())).json()["delivery"]
    row, _, tag = name.partition("-")
    for guess in (
        row,
        f"{row}-",
        f"{row}-{'0' * len(tag)}",
        f"{int(row) + 1}-{tag}",
        f"0{name}",
        "x",
        "é",
        "-",
    ):
        answer = await client.get(f"/deliveries/{guess}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_delivery"), guess


async def test_a_delivery_says_what_became_of_it_and_why(post, client, memory, make_finding):
    name = (await post(make_finding())).json()["delivery"]
    row = memory.inbox.pending(1)[0].id
    memory.inbox.quarantine(row, "not_json")
    asked = (await client.get(f"/deliveries/{name}")).json()
    assert (asked["status"], asked["code"]) == ("quarantined", "not_json")


async def test_elsewhere_there_is_nothing(client):
    for path in ("/", "/alerts", "/docs", "/deliveries", "/receipts/other/x"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_path"), path


async def test_the_door_describes_itself(client):
    described = (await client.get("/openapi.json")).json()
    assert set(described["paths"]) == {
        "/alerts/{source}",
        "/receipts/twilio/{reference}",
        "/receipts/aliyun/{secret}",
        "/receipts/email",
        "/deliveries/{delivery}",
        "/healthz",
        "/readyz",
    }


async def test_logs_carry_no_word_of_a_body(post, memory, caplog, make_finding):
    caplog.set_level(logging.DEBUG)
    await post(make_finding(), "id-with-a-name-zhang")
    await post(make_finding(severity_id=1), "id-with-a-name-zhang")
    with memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE inbox RENAME TO away")
    await post(make_finding(), "m-3")
    told = " ".join(str(record.__dict__) for record in caplog.records if record.name.startswith("intake"))
    assert "conflict" not in told or "delivery" in told
    for secret in ("Zhang", "zhang", "host-1", "f-1", SECRET):
        assert secret not in told


# Below HTTP's usual manners: bytes on a socket.


async def talk(port, *pieces, until_closed=True):
    """Send pieces, and give what came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(10):
            return await (reader.read() if until_closed else reader.readuntil(b"\r\n\r\n"))
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


def head_of(body, *lines, delivery="m-1"):
    made = signed(SECRET, delivery, datetime.now(UTC), body)
    lines = (*lines, *(f"{name}: {value}" for name, value in made.items()))
    return ("POST /alerts/ocsf HTTP/1.1\r\nHost: door\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()


async def test_an_honest_length_is_refused_before_the_body_is_read(port, rows):
    said = await talk(port, head_of(b"", f"Content-Length: {LIMIT + 1}"))
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in said.lower()
    assert rows() == 0


async def test_a_sender_of_far_too_much_sees_the_refusal(post, rows):
    answer = await post(b"x" * 10_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert rows() == 0


async def test_chunks_are_counted_and_cut_off(port, rows):
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    said = await talk(port, head_of(b"", "Transfer-Encoding: chunked"), *[chunk] * 6)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert rows() == 0


async def test_one_chunk_too_large_is_cut_off(port, rows):
    head = head_of(b"", "Transfer-Encoding: chunked")
    said = await talk(port, head + b"7530\r\n" + b"x" * 30_000 + b"\r\n0\r\n\r\n", until_closed=False)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert rows() == 0


async def test_a_chunked_body_within_the_limit_is_taken(port, rows):
    chunk = b"10\r\n" + b"x" * 16 + b"\r\n"
    head = head_of(b"x" * 48, "Transfer-Encoding: chunked", "Connection: close")
    said = await talk(port, head, chunk, chunk, chunk, b"0\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 202 ")
    assert rows() == 1


async def test_a_length_too_short_proves_nothing(port, rows):
    body = b'{"a":1}'
    said = await talk(port, head_of(body, "Content-Length: 3", "Connection: close"), body)
    assert said.startswith(b"HTTP/1.1 401 ")
    assert rows() == 0


async def test_a_body_that_does_not_come_is_not_waited_for(port, rows, monkeypatch):
    monkeypatch.setattr(wire, "BODY_S", 0.2)
    said = await talk(port, head_of(b'{"a":1}', "Content-Length: 100"), b'{"a":1}')
    assert said.startswith(b"HTTP/1.1 408 ")
    assert b"slow_body" in said
    assert rows() == 0


async def test_a_sender_that_leaves_in_the_middle_leaves_nothing(port, client, rows, caplog):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head_of(b'{"a":1}', "Content-Length: 100") + b'{"a"')
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await client.get("/healthz")).status_code == 200
    assert rows() == 0
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.ERROR and not record.name.startswith("temporalio")
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 7", "Transfer-Encoding: chunked"),
        ("Content-Length: seven",),
        ("Content-Length: -7",),
        ("Content-Length: 7", "Content-Length: 8"),
        ("Content-Length: 1_0",),
    ],
)
async def test_ambiguous_lengths_are_refused(port, rows, lines):
    said = await talk(port, head_of(b'{"a":1}', *lines, "Connection: close"), b'{"a":1}')
    assert not said.startswith(b"HTTP/1.1 2")
    assert rows() == 0


async def test_nonsense_on_the_socket_harms_nobody(port, client):
    for nonsense in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"POST /alerts/ocsf HTTP/9.9\r\n\r\n"):
        assert b" 202 " not in await talk(port, nonsense, b"\r\n\r\n")
    assert (await client.get("/healthz")).json() == {"status": "ok"}
