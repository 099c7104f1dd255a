import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from domain.address import email, phone
from domain.audience import Columns, Person
from domain.listing import ListInvalid

COLUMNS = Columns(["id", "姓名", "邮箱", "手机号", "语言"])


def read(name="", address="", number="", language="", identity=""):
    return COLUMNS.person([identity, name, address, number, language])


@given(st.from_regex(r"(\+?86[ -]?)?1[0-9]{10}", fullmatch=True))
def test_a_mobile_number_is_judged_as_the_library_judges_it(text):
    parsed = phonenumbers.parse(text, "CN")
    found = phone(text, "CN")
    assert (found is not None) == phonenumbers.is_valid_number(parsed)
    if found:
        assert found.e164 == phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@given(st.emails() | st.text(max_size=20).map(lambda text: f"{text}@example.com") | st.text(max_size=30))
def test_an_address_is_judged_as_the_library_judges_it(text):
    try:
        expected = validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        expected = None
    assert email(text) == expected


@given(st.lists(st.text(max_size=60), min_size=5, max_size=5))
def test_any_row_is_a_person_or_a_reason(cells):
    found = COLUMNS.person(cells)
    if isinstance(found, Person):
        assert found.name == "" or found.name.strip()
        assert not any(ord(character) < 32 for character in found.name)
        assert set(found.route(("sms", "voice", "email"))) <= {"sms", "voice", "email"}
        assert cells[1].strip() == "" or cells[1] not in repr(found) or len(cells[1].strip()) < 12
    else:
        assert found in {
            "bad_email",
            "bad_phone",
            "control_characters",
            "formula",
            "no_identity",
            "too_long",
        }


@pytest.mark.parametrize(
    ("text", "e164", "textable"),
    [
        ("13800138000", "+8613800138000", True),
        ("+86 138-0013-8000", "+8613800138000", True),
        ("008613800138000", "+8613800138000", True),
        ("１３８００１３８０００", "+8613800138000", True),
        ("(010) 6234 5678", "+861062345678", False),
        ("+1 415 555 2671", "+14155552671", True),
        ("+852 5123 4567", "+85251234567", True),
    ],
)
def test_numbers_come_out_in_one_form(text, e164, textable):
    assert phone(text, "CN") == (e164, textable)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1.38E+10",
        "13800138000.0",
        "=13800138000",
        "138001380001",
        "12800138000",
        "13800138000;ext=5",
        "13800138000\r\n",
        "+999 12345678",
        "(((",
    ],
)
def test_what_is_no_number_is_none(text):
    assert phone(text, "CN") is None


def test_a_landline_takes_calls_and_no_texts():
    person = read(name="王", number="010-62345678")
    assert person.route(("sms", "voice", "email")) == ("voice",)
    assert person.route(("sms", "email")) == ()


def test_the_campaigns_order_is_the_routes_order():
    person = read(address="a@example.com", number="13800138000")
    assert person.route(("email", "sms")) == ("email", "sms")
    assert person.route(("sms", "im", "email")) == ("sms", "email")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "zh-CN"),
        ("zh", "zh-CN"),
        ("zh-Hant-TW", "zh-CN"),
        ("中文", "zh-CN"),
        ("en-US", "en"),
        ("fr", "en"),
    ],
)
def test_a_language_is_one_of_two(text, language):
    assert read(name="王", language=text).language == language


def test_a_broken_address_beside_a_good_one_is_dropped_and_noted():
    person = read(address="broken", number="13800138000")
    assert (person.email, person.dropped) == ("", ("bad_email",))
    assert read(address="broken", number="123") == "bad_phone"


def test_a_persons_repr_says_nothing_of_them():
    assert repr(read(name="王伟", address="wang@example.com")) == "Person(1 addresses)"


def test_persons_are_known_by_id_or_by_address_and_name():
    assert read(identity="7", name="王", number="13800138000").keys == ("id\n7",)
    first = read(name="王 伟", address="Wang@Example.com", number="13800138000")
    second = read(name="王伟", address="wang@example.com")
    assert set(first.keys) & set(second.keys)
    assert not set(first.keys) & set(read(name="李", address="wang@example.com").keys)
    assert read(name="王伟").keys == ()


@pytest.mark.parametrize("header", [["name"], ["email", "邮箱"], ["姓名", "地址"]])
def test_a_header_without_addresses_or_with_a_column_twice_is_refused(header):
    with pytest.raises(ListInvalid) as caught:
        Columns(header)
    assert caught.value.code == "audience_header"


def test_headers_are_read_whatever_their_case_and_blanks():
    columns = Columns([" E-Mail ", "Phone_Number", "FULL NAME"])
    person = columns.person(["a@example.com", "13800138000", "Ada"])
    assert (person.email, person.name) == ("a@example.com", "Ada")
    with pytest.raises(ValueError, match="no region"):
        Columns(["email", "phone"], region="ZZ").person(["", "13800138000"])
