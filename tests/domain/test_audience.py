import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from domain.address import calling_code, email, phone
from domain.audience import Columns
from domain.field_map import FieldMap
from domain.listing import ListInvalid
from domain.person import Person

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
    with pytest.raises(ListInvalid, match="no country") as caught:
        Columns(["email", "phone"], FieldMap(region="ZZ"))
    assert caught.value.code == "audience_header"


def test_a_mapping_names_the_columns_and_keeps_the_others_names():
    fields = FieldMap.model_validate({"fields": {"name": "客户", "phone": ["宅电", "手机2"]}, "region": "HK"})
    columns = Columns(["客户", "手机2", "邮箱", "手机号"], fields)
    person = columns.person(["陈", "5123 4567", "chan@example.com", "13800138000"])
    assert (person.name, person.phone.e164, person.email) == ("陈", "+85251234567", "chan@example.com")
    with pytest.raises(ListInvalid, match="mapping gives for name"):
        Columns(["邮箱"], fields)
    with pytest.raises(ListInvalid, match="1,001 columns"):
        Columns(["x"] * 1001)
    taken = FieldMap.model_validate({"fields": {"name": "手机"}})
    assert Columns(["手机", "邮箱"], taken).person(["王", "w@example.com"]).name == "王"


EVERYTHING = Columns(
    ["姓名", "邮箱", "手机号", "im", "主体类型", "联系人", "未成年", "监护人", "监护人手机", "监护人邮箱"]
)


def whole(*cells):
    return EVERYTHING.person([*cells, *[""] * (10 - len(cells))])


def test_a_child_is_linked_with_who_answers_for_it():
    child = whole("小王", "", "13800138000", "", "", "", "是", "王父", "13900139000", "broken")
    assert (child.kind, child.guardian.name, child.guardian.phone.e164) == ("minor", "王父", "+8613900139000")
    assert child.guardian.kind == "guardian"
    assert child.dropped == ("bad_email",)
    alone = whole("小王", "", "", "", "", "", "是", "王父", "", "fu@example.com")
    assert not alone.addressed
    assert alone.guardian.route(("sms", "email")) == ("email",)
    assert whole("小王", "", "", "", "", "", "是", "王父", "123") == "bad_phone"
    named = whole("小王", "", "13800138000", "", "", "", "是", "王父")
    assert (named.guardian.name, named.guardian.addressed, named.kind) == ("王父", False, "minor")
    nobody = whole("小王", "", "13800138000", "", "", "", "是")
    assert (nobody.guardian, nobody.kind) == (None, "minor")
    assert whole("小王", "", "13800138000", "", "", "", "是", "=父", "13900139000") == "formula"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("示例公司", "a@example.com", "", "", "企业", "", "是"), "contradictory_kind"),
        (("示例公司", "a@example.com", "", "", "企业", "", "", "王父"), "contradictory_kind"),
        (("王", "a@example.com", "", "", "", "", "否", "王父", "13900139000"), "contradictory_kind"),
        (("王父", "a@example.com", "", "", "监护人", "", "是"), "contradictory_kind"),
        (("王", "a@example.com", "", "", "", "", "2015-03-01"), "bad_minor"),
    ],
)
def test_a_row_that_cannot_be_of_one_kind_is_set_aside(cells, why):
    assert whole(*cells) == why


def test_a_guardian_makes_a_minor_and_a_list_may_hold_guardians_alone():
    assert whole("小王", "", "13800138000", "", "", "", "", "王父").kind == "minor"
    assert whole("王父", "fu@example.com", "", "", "监护人").kind == "guardian"
    assert whole("小王", "", "13800138000", "", "未成年人").kind == "minor"
    assert whole("王", "a@example.com", "", "", "", "", "否").kind == "individual"


def test_an_organisation_has_a_contact_and_a_chat_handle_is_an_address():
    firm = whole("示例公司", "", "", "zhang.san", "企业", "张三")
    assert (firm.kind, firm.contact, firm.im, firm.route(("sms", "im"))) == (
        "organisation",
        "张三",
        "zhang.san",
        ("im",),
    )
    assert whole("", "", "", "lisi", "", "李四").name == "李四"
    assert whole("王", "w@example.com", "", "no handle").dropped == ("bad_im",)
    assert whole("王", "", "", "no handle") == "bad_im"
    assert whole("公司", "w@example.com", "", "", "", "张\n三") == "control_characters"


def test_where_a_person_is_counted_says_a_calling_code_and_a_mail_domain():
    person = read(name="王", address="wang@example.com", number="+852 5123 4567")
    assert (person.prefix, person.domain) == ("+852", "example.com")
    assert (read(name="王").prefix, read(name="王").domain) == ("", "")
    assert [calling_code(begin) for begin in ("+8613", "+1415", "+999", "")] == ["+86", "+1", "", ""]


def test_what_no_list_of_people_holds_is_set_aside():
    assert read(name="王", address="a" * 10_000) == "too_long"
    assert read(name="长" * 10_000) == "too_long"
    assert read(name="=1+1", address="a@example.com") == "formula"
    assert read(name="王", address="=1+1@example.com") == "formula"
    assert read(name="王", address="a@example.com", identity="1\u202e2") == "control_characters"
    assert read(name="王", address="a(comment)@example.com") == "bad_email"
    assert read(name="王", address="王@例子.中国").email.startswith("王@")


def test_a_region_without_telephone_numbers_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="no region"):
        phone("13800138000", "ZZ")


@pytest.mark.parametrize("nothing", ["-", "--", "—", "/", " / ", ""])
def test_a_sign_for_nothing_is_nothing(nothing):
    person = COLUMNS.person(["1", nothing, "a@example.com", nothing, nothing])
    assert (person.name, person.phone, person.email) == ("", None, "a@example.com")
