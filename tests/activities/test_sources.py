import asyncio
import csv
import hashlib
import io
import resource
import sqlite3
from decimal import Decimal

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.audience import Audience, Freeze
from activities.cell import cell
from activities.roll import Roll
from activities.sources import Sources
from domain.audience import Columns
from domain.field_map import FieldMap
from domain.listing import ListInvalid

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
TEXTS = {
    "姓名": ["张三", "李四", "张三", "坏"],
    "邮箱": ["zhang@example.com", None, "zhang@example.com", "broken"],
}


@pytest.fixture
def set_aside(memory):
    return lambda: [(row.line, row.code) for row in memory.deliveries.rejected(CAMPAIGN)]


@pytest.fixture
def people_told(memory):
    """What is sealed of each person, in order."""

    def read():
        key = memory.keys.campaign(CAMPAIGN)
        rows = memory.deliveries.sealed(CAMPAIGN)
        return [{"person": row.person, **orjson.loads(key.open(row.sealed, str(row.seq)))} for row in rows]

    return read


def packed(table, **options):
    file = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), file, **options)
    return file.getvalue()


async def refused(freeze, content, **changes):
    with pytest.raises(ApplicationError) as caught:
        await freeze(content, **changes)
    assert caught.value.non_retryable
    return caught.value


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_the_delimiter_is_found(freeze, delimiter):
    lines = ["姓名,邮箱,手机号", '"张,;|三",zhang@example.com,', "李四,,13800138000"]
    content = "\n".join(delimiter.join(each) for each in csv.reader(lines))
    content = content.replace("张,;|三", '"张,;|三"')
    frozen = await freeze(content)
    assert (frozen.total, frozen.channels) == (2, {"email": 1, "sms": 1})


@given(st.lists(st.text(st.characters(exclude_characters='"\r\n', exclude_categories=["Cs"])), min_size=2))
def test_a_line_without_quotes_is_read_as_the_library_reads_it(cells):
    text = ",".join(each.replace(",", "") for each in cells) + "\r\n"
    if not text.strip("\r\n \t"):
        return
    roll = Roll(iter(["x," * (len(cells) - 1) + "x\n", text]))
    assert [list(row.cells) for row in roll.rows()] == [next(csv.reader([text.rstrip("\r\n")], strict=True))]


async def test_parquet_is_read_like_the_same_list_as_text(freeze, set_aside, people_told):
    phones = pa.array([13800138000.0, 13900139000.0, 13800138000.0, None])
    frozen = await freeze(packed({**TEXTS, "手机号": phones, "其他": [[1], [2], [3], [4]]}, row_group_size=2))
    assert (frozen.total, frozen.rejected) == (2, 2)
    assert set_aside() == [(3, "duplicate"), (4, "bad_email")]
    assert [each["phone"] for each in people_told()] == ["+8613800138000", "+8613900139000"]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (packed({"email": [["a@example.com"]]}), "audience_columns", "lists or records"),
        (packed({"name": ["a"]}), "audience_header", "No column"),
        (packed(pa.table({f"c{place}": [1] for place in range(1001)})), "audience_header", "1,001 columns"),
        (packed({"email": ["a@example.com"]})[:-9], "audience_unreadable", "no sound Parquet"),
        (b"PAR1" + b"x" * 50 + b"PAR1", "audience_bomb", "footer"),
        (b"PAR1" + b"x" * 50 + b"\x10\x00\x00\x00PAR1", "audience_unreadable", "no sound Parquet"),
        (packed({"email": pa.nulls(100_000, pa.string())}), "audience_bomb", "more rows"),
        (
            packed(
                pa.table([["a"], ["b"]], names=["email", "email"]),
            ),
            "audience_header",
            "Two columns",
        ),
    ],
)
async def test_parquet_that_is_no_list_is_refused_with_a_sentence(freeze, content, code, said):
    error = await refused(freeze, content)
    assert (error.type, said in str(error)) == (code, True), error


async def test_a_zip_bomb_is_refused_before_it_is_opened(freeze):
    texts = pa.array([f"{place:07}" + "a" * 400_000 for place in range(100)])
    bomb = packed({"email": texts}, compression="zstd", use_dictionary=False)
    assert len(bomb) < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = await refused(freeze, bomb)
    assert error.type == "audience_bomb"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


async def test_one_long_text_that_repeats_is_never_written_out(freeze, set_aside):
    rows = 2000
    cells = pa.DictionaryArray.from_arrays(pa.array([0] * rows), pa.array(["长" * 400_000]))
    name = pa.array([f"p{place}@example.com" for place in range(rows)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = await refused(freeze, packed({"name": cells, "email": name}, store_schema=False))
    assert error.type == "audience_empty"
    assert {code for _, code in set_aside()} == {"too_long"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


async def test_a_damaged_page_ends_the_freeze_with_a_sentence(freeze):
    content = bytearray(packed({"email": [f"p{place}@example.com" for place in range(5000)]}))
    content[20:2000] = b"\xff" * 1980
    assert (await refused(freeze, bytes(content))).type == "audience_unreadable"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (13800138000.0, "13800138000"),
        (1.5, "1.5"),
        (float("nan"), ""),
        (Decimal("13800138000.00"), "13800138000"),
        (Decimal("1E+900000"), ""),
        (b"a@example.com", "a@example.com"),
        (138, "138"),
    ],
)
def test_a_value_is_the_text_that_a_list_would_hold(value, text):
    assert cell(value) == text


@pytest.fixture
def crm(tmp_path):
    """A database of customers, and how an audience asks it."""
    file = tmp_path / "crm.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE customer (number INTEGER, full_name TEXT, tel INTEGER, mail TEXT)")
        rows = [(n, f"人{n}", 13800000000 + n, None if n % 2 else f"p{n}@example.com") for n in range(5000)]
        connection.executemany("INSERT INTO customer VALUES (?, ?, ?, ?)", rows)
    return file


@pytest.fixture
def asking(memory, letters, crm, environment, order):
    """Freeze what a query answers."""
    audience = Audience(
        memory.deliveries, memory.keys, letters, Columns, Sources({"crm": f"sqlite:///{crm}"}).opened
    )

    async def run(query, **changes):
        request = order(query, **{"source": "crm", **changes})
        return await asyncio.to_thread(type(environment)().run, audience.freeze, request)

    return run


QUERY = (
    "-- who\nSELECT number, full_name, tel, mail FROM customer WHERE full_name LIKE '%' ORDER BY number;\n"
)
FIELDS = FieldMap.model_validate({"fields": {"id": "number", "phone": ["tel"]}})


async def test_a_query_is_an_audience_and_what_is_approved_covers_its_answer(asking, crm):
    frozen = await asking(QUERY, fields=FIELDS)
    assert (frozen.total, frozen.channels) == (5000, {"sms": 5000})
    assert await asking(QUERY, fields=FIELDS) == frozen
    with sqlite3.connect(crm) as connection:
        connection.execute("UPDATE customer SET number = 9999 WHERE number = 4999")
    with pytest.raises(ApplicationError, match="other people") as caught:
        await asking(QUERY, fields=FIELDS)
    assert caught.value.type == "audience_changed"
    with sqlite3.connect(crm) as connection:
        connection.execute("DELETE FROM customer WHERE number > 100")
    with pytest.raises(ApplicationError, match="other people"):
        await asking(QUERY, fields=FIELDS)


@pytest.mark.parametrize(
    ("query", "code", "said"),
    [
        ("SELECT secret_13800138000 FROM customer", "audience_query", "SQLITE_ERROR"),
        ("DELETE FROM customer", "audience_query", "one SELECT"),
        ("WITH x AS (SELECT 1) DELETE FROM customer", "audience_query", "SQLITE_READONLY"),
        ("SELECT 1 AS email; DROP TABLE customer", "audience_query", "ProgrammingError"),
        ("SELECT full_name FROM customer", "audience_header", "No column"),
        ("SELECT mail AS email FROM customer WHERE 0", "audience_empty", "Nobody"),
        (b"\xff\xfe", "audience_query", "UTF-8"),
        ("SELECT 1" + " " * 100_000, "audience_query", "longer"),
    ],
)
async def test_a_query_that_fails_or_writes_is_refused_and_says_nothing_of_anybody(asking, query, code, said):
    with pytest.raises(ApplicationError) as caught:
        await asking(query)
    assert (caught.value.type, said in str(caught.value)) == (code, True), caught.value
    assert "13800138000" not in str(caught.value)


@pytest.mark.parametrize(
    ("urls", "said"),
    [
        ({}, "no source of people called 'crm'"),
        ({"crm": "nonsense"}, "cannot be used"),
        ({"crm": "sqlite:////nowhere/secret.db"}, "cannot be reached"),
    ],
)
async def test_a_source_that_is_not_there_is_said_without_its_address(tmp_path, urls, said):
    file = tmp_path / "q.sql"
    file.write_text("SELECT 1 AS email")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with (
        pytest.raises(ListInvalid, match=said) as caught,
        Sources(urls).opened(file, digest, "crm", lambda: None),
    ):
        pass
    assert (caught.value.code, "secret" in str(caught.value)) == ("audience_source", False)


async def test_a_child_and_who_answers_for_it_are_both_told_and_linked(freeze, people_told):
    header = "姓名,手机号,未成年,监护人,监护人手机\n"
    rows = (
        "小甲,13800000001,是,甲父,13900000001\n"
        "小乙,,是,甲父,13900000001\n"
        "小丙,,是,丙母,13900000003\n"
        "甲父,13900000001,,,\n"
        "丁,13800000004,是,丁母,\n"
        "戊,13800000005,是,,\n"
        "小甲,13800000001,是,甲父,13900000001\n"
    )
    frozen = await freeze(header + rows)
    told = people_told()
    assert [(each["name"], each.get("kind", "")) for each in told] == [
        ("小甲", "minor"),
        ("甲父", "guardian"),
        ("丙母", "guardian"),
        # The father is told of his own data as well; who has no address may be told by hand.
        ("甲父", ""),
        ("丁", "minor"),
        ("丁母", "guardian"),
        ("戊", "minor"),
    ]
    assert told[0]["guardian"] == [told[1]["person"]]
    assert told[1]["guardian_of"] == told[0]["person"]
    assert (told[0]["guardian_is"], told[1]["minor_is"]) == ("甲父 +8613900000001", "小甲 +8613800000001")
    assert "guardian_of" in told[2]
    assert (frozen.total, frozen.rejected, frozen.broken, frozen.unreachable) == (7, 2, 0, 1)
    assert frozen.kinds == {"guardian": 3, "individual": 1, "minor": 3}
    assert frozen.unguarded == 1


async def test_a_guardian_may_stand_in_a_row_of_its_own(freeze, people_told):
    content = (
        "id,姓名,邮箱,主体类型,未成年,监护人编号\n"
        "1,小甲,jia@example.id,,是,3\n"
        "2,小乙,,,,3\n"
        "3,甲父,fu@example.id,,,\n"
        "4,丙母,mu@example.com,监护人,,\n"
        "5,小丙,bing@example.com,,,4\n"
        "6,小丁,ding@example.com,,是,1\n"
        "7,小戊,,,,99\n"
        "8,小己,broken,,,4\n"
        "9,小庚,,,否,3\n"
    )
    frozen = await freeze(content)
    assert [(each["name"], each.get("kind", "")) for each in people_told()] == [
        ("甲父", ""),
        ("丙母", "guardian"),
        # What names another row is read behind the others; who is a child is nobody's guardian.
        ("小甲", "minor"),
        ("甲父", "guardian"),
        ("小丙", "minor"),
        ("小丁", "minor"),
        ("小戊", "minor"),
    ]
    told = {(each["name"], each.get("kind", "")): each for each in people_told()}
    guardian = told["甲父", "guardian"]
    assert told["小甲", "minor"]["guardian"][0] == guardian["person"]
    assert (guardian["email"], guardian["minor_is"]) == ("fu@example.id", "小甲 jia@example.id")
    assert told["小丙", "minor"]["guardian"][0] == told["丙母", "guardian"]["person"]
    assert (frozen.total, frozen.unguarded, frozen.unreachable) == (7, 2, 1)
    # A second child of one guardian, a guardian that was told, and an adult with one.
    assert (frozen.rejected, frozen.broken) == (3, 1)


async def test_guardians_are_named_by_ids_only_where_rows_have_some(freeze):
    error = await refused(freeze, "姓名,邮箱,监护人编号\n小甲,jia@example.com,3\n")
    assert (error.type, "no column is called id" in str(error)) == ("audience_header", True)


async def test_many_children_wait_for_their_guardians_and_an_import_goes_on_where_it_stopped(
    freeze, people_told
):
    rows = [f"{n},子{n},c{n}@example.com,{n + 5000}\n" for n in range(1, 1300)]
    rows += [f"{n + 5000},父{n},f{n}@example.com,\n" for n in range(1, 1300)]
    content = "id,姓名,邮箱,监护人编号\n" + "".join(rows)
    frozen = await freeze(content)
    assert frozen.kinds == {"guardian": 1299, "individual": 1299, "minor": 1299}
    told = people_told()
    assert await freeze(content) == frozen
    assert people_told() == told


async def test_an_organisation_keeps_its_contact_and_a_chat_handle_is_reached(freeze, people_told):
    content = "名称,联系人,主体类型,企业微信\n示例公司,张三,企业,zhang.san\n"
    frozen = await freeze(content, channels=("im", "email"))
    assert frozen.channels == {"im": 1}
    assert people_told()[0] | {"person": ""} == {
        "person": "",
        "name": "示例公司",
        "email": "",
        "phone": "",
        "language": "zh-CN",
        "dropped": [],
        "im": "zhang.san",
        "kind": "organisation",
        "contact": "张三",
    }


async def test_a_header_of_a_million_columns_is_refused(freeze):
    error = await refused(freeze, "email," * 1_000_000 + "\na@example.com\n")
    assert error.type == "audience_unreadable"
    assert "65,536" in str(error)


def test_a_request_of_before_has_no_source_and_no_mapping():
    old = {"campaign": "c", "incident": "i", "audience": "a", "sha256": "s", "message": "m", "channels": []}
    request = Freeze.model_validate({**old, "drill": False})
    assert (request.source, request.fields) == ("", FieldMap())
