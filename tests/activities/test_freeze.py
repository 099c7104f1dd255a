import asyncio
import codecs
import re
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from temporalio.exceptions import ApplicationError

from activities.proven import BLOCK

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"

HEADER = "姓名,邮箱,手机号,语言\n"
GOOD = HEADER + "张三,zhang@example.com,13800138000,zh\n李四,li@example.com,,en\n王五,,+86 139 1234 5678,\n"


@pytest.fixture
def set_aside(memory):
    return lambda: [(row.line, row.code) for row in memory.deliveries.rejected(CAMPAIGN)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_list_is_frozen_whatever_common_encoding_it_comes_in(freeze, memory, encoding):
    frozen = await freeze(GOOD.encode(encoding))
    assert (frozen.total, frozen.rejected, frozen.unreachable) == (3, 0, 0)
    assert frozen.channels == {"sms": 2, "email": 1}
    rows = memory.deliveries.claim(CAMPAIGN, ("sms", "email"), 1, 3, 10, "t", datetime.now(UTC))
    key = memory.keys.campaign(CAMPAIGN)
    opened = [orjson.loads(key.open(row.sealed, str(row.seq))) for row in rows]
    assert [each["name"] for each in opened] == ["张三", "李四", "王五"]
    assert [each["phone"] for each in opened] == ["+8613800138000", "", "+8613912345678"]
    assert [row.language for row in rows] == ["zh-CN", "en", "zh-CN"]


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"),
        GOOD.encode("utf-16-be"),
        "name,email\nMüller,mueller@example.com\n".encode("latin-1"),
        GOOD.encode() + b"\xe5\xbc,zhang2@example.com,,\n",
        GOOD.encode("utf-32"),
    ],
    ids=["utf-16", "utf-16 without mark", "latin-1", "damaged utf-8", "utf-32"],
)
async def test_other_encodings_are_refused_and_nobody_is_frozen(freeze, memory, content):
    with pytest.raises(ApplicationError) as caught:
        await freeze(content)
    assert caught.value.type in {"audience_unreadable", "audience_header"}
    assert caught.value.non_retryable
    assert memory.deliveries.frozen(CAMPAIGN) == 0


async def test_broken_rows_are_set_aside_with_their_lines(freeze, set_aside):
    rows = [
        ("张三,not-an-address,,", "bad_email"),
        ("张三,,12345,", "bad_phone"),
        ("张三,a@example.invalid,1.38E+10,", "bad_phone"),
        ("张三,a@example.com,13800138001", "ragged_row"),
        ("张三,a@example.com,13800138001,zh,extra", "ragged_row"),
        ('"张\r\n三",a2@example.com,,', "control_characters"),
        ("张\x00三,a3@example.com,,", "control_characters"),
        ("张\u202e三,a4@example.com,,", "control_characters"),
        ("=HYPERLINK(1),a5@example.com,,", "formula"),
        ("@SUM(1),a6@example.com,,", "formula"),
        ("赵六,=1+1@example.com,,", "formula"),
        (",,,zh", "no_identity"),
        (f"{'长' * 101},a7@example.com,,", "too_long"),
        ("张三,zhang@example.com,,", "duplicate"),
    ]
    lines, line = [], 3
    for text, code in rows:
        lines.append((line, code))
        line += text.count("\n") + 1
    content = HEADER + "张三,zhang@example.com,13800138000,\n" + "".join(f"{text}\n" for text, _ in rows)
    frozen = await freeze(content)
    assert set_aside() == lines
    assert (frozen.total, frozen.rejected) == (1, len(rows))
    assert frozen.broken == sum(code != "duplicate" for _, code in rows)


async def test_one_good_address_is_enough_and_none_is_unreachable(freeze, set_aside):
    content = HEADER + "一,broken,13800138000,\n二,er@example.com,123,\n三,,,\n四,,010-62345678,\n"
    frozen = await freeze(content)
    assert set_aside() == []
    assert (frozen.total, frozen.unreachable) == (4, 2)
    assert frozen.channels == {"sms": 1, "email": 1}


async def test_a_quote_without_end_costs_one_line_only(freeze, set_aside):
    rows = "".join(f"人{place},p{place}@example.com,,\n" for place in range(100))
    frozen = await freeze(HEADER + '张三,"open@example.com,,\n' + rows)
    assert frozen.total == 100
    assert set_aside() == [(2, "ragged_row")]


async def test_an_endless_line_fills_no_memory(freeze, set_aside):
    frozen = await freeze(HEADER + "张" * 300_000 + "\n李四,li@example.com,,\n")
    assert frozen.total == 1
    assert set_aside() == [(2, "ragged_row")]


async def test_family_members_who_share_a_telephone_are_two_people(freeze):
    frozen = await freeze(HEADER + "父,,13800138000,\n子,,13800138000,\n父,fu@example.com,13800138000,\n")
    assert (frozen.total, frozen.rejected, frozen.broken) == (2, 1, 0), "a repeat is told by its first row"


async def test_the_lists_own_id_says_who_is_who(freeze):
    frozen = await freeze("id,name,phone\n1,张三,13800138000\n2,张三,13800138000\n1,张三丰,13900139000\n")
    assert (frozen.total, frozen.rejected) == (2, 1)


async def test_other_bytes_than_those_named_are_refused(freeze):
    with pytest.raises(ApplicationError, match="SHA-256 differs") as caught:
        await freeze(GOOD, sha256="0" * 64)
    assert caught.value.type == "audience_changed"


async def test_a_missing_list_is_refused_without_its_path(freeze):
    with pytest.raises(ApplicationError) as caught:
        await freeze(GOOD, audience="/nowhere/people.csv")
    assert caught.value.type == "audience_missing"
    assert "/nowhere" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "audience_empty"),
        (HEADER, "audience_empty"),
        (HEADER + "张三,broken,,\n", "audience_empty"),
        ("姓名,地址\n张三,杭州\n", "audience_header"),
        ("phone,手机号\n1,2\n", "audience_header"),
    ],
)
async def test_a_list_without_people_or_addresses_is_refused(freeze, content, code):
    with pytest.raises(ApplicationError) as caught:
        await freeze(content)
    assert caught.value.type == code


async def test_an_unknown_message_is_refused_before_anyone_is_frozen(freeze, memory):
    with pytest.raises(ApplicationError) as caught:
        await freeze(GOOD, message="no-such")
    assert caught.value.type == "message_unknown"
    assert memory.deliveries.frozen(CAMPAIGN) == 0


async def test_an_interrupted_import_goes_on_where_it_stopped(audience, environment, order, memory, people):
    request = order(people(5000) + "坏,broken\n")
    beats = []

    def beat(*_details):
        beats.append(1)
        if len(beats) == 3:
            environment.worker_shutdown()

    environment.on_heartbeat = beat
    with pytest.raises(ApplicationError) as caught:
        await asyncio.to_thread(environment.run, audience.freeze, request)
    assert caught.value.type == "worker_shutdown"
    assert not caught.value.non_retryable
    stand = memory.deliveries.frozen(CAMPAIGN)
    assert 0 < stand < 5000
    first = [row.person for row in memory.deliveries.page(CAMPAIGN, limit=stand)]
    again = type(environment)()
    frozen = await asyncio.to_thread(again.run, audience.freeze, request)
    assert (frozen.total, frozen.rejected) == (5000, 1)
    assert [row.person for row in memory.deliveries.page(CAMPAIGN, limit=stand)] == first
    assert (await asyncio.to_thread(again.run, audience.freeze, request)) == frozen


async def test_what_is_approved_changes_with_the_list_and_the_channels_and_holds_no_person(
    audience, environment, order, memory
):
    first = await asyncio.to_thread(environment.run, audience.freeze, order(GOOD))
    other = order(GOOD.replace("张三", "张叁"), campaign="incident/I-AAAAAAAAAAAA/campaign/2")
    second = await asyncio.to_thread(environment.run, audience.freeze, other)
    assert first.sha256 != second.sha256
    assert "zhang" not in first.model_dump_json()
    assert not re.search(r"\b(?:\+?86)?138\d{8}\b", repr(memory.deliveries.page(CAMPAIGN)))


async def test_a_list_that_is_changed_while_it_is_read_is_refused(audience, environment, order, people):
    request = order(people(5000))
    beats = []

    def beat(*_details):
        beats.append(1)
        if len(beats) == 3:
            with Path(request.audience).open("a") as file:
                file.write("王末,last@example.com\n")

    environment.on_heartbeat = beat
    with pytest.raises(ApplicationError) as caught:
        await asyncio.to_thread(environment.run, audience.freeze, request)
    assert caught.value.type == "audience_changed"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("\n\n\n", "audience_empty"),
        ("email\x00,phone\n", "audience_unreadable"),
        ('"email\n', "audience_unreadable"),
        ("姓名,email\n张".encode()[:-1], "audience_unreadable"),
        ("姓名,邮箱\n张三,a@example.com\n".encode("gb18030") + b"\x81", "audience_unreadable"),
        (b"name,email\n" + b"\xff\xff,a@example.com\n", "audience_unreadable"),
    ],
)
async def test_a_file_that_is_no_table_is_refused(freeze, content, code):
    with pytest.raises(ApplicationError) as caught:
        await freeze(content)
    assert caught.value.type == code


async def test_a_quoted_cell_may_hold_line_ends_where_nobody_reads_it(freeze, set_aside):
    content = 'note,email\n"one\ntwo, ""three""\nfour",a@example.com\n\n"bad""cell"x,b@example.com\n'
    frozen = await freeze(content)
    assert frozen.total == 1
    assert set_aside() == [(6, "ragged_row")]


async def test_one_encoding_is_decided_over_the_whole_file(freeze):
    # The bytes that are not UTF-8 come far behind the first block that is read.
    rows = "".join(f"{'li' * 45},p{place}@example.com\n" for place in range(10_000)).encode()
    assert len(rows) > BLOCK
    frozen = await freeze(b"name,email\n" + rows + "张三,zhang@example.com\n".encode("gb18030"))
    assert frozen.total == 10_001
