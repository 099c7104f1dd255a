import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from domain.calendars import PLAIN_WEEK
from domain.pack import Pack, digest
from domain.vocabulary import term_of
from playbooks.document import Document
from playbooks.invalid import PackInvalid
from playbooks.loader import LAW, check_pack, check_packs, load_pack, load_packs
from playbooks.schema import SCHEMA, schema
from tests.playbooks.working_days import CALENDARS, YEARS, written

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "duties.yaml"
NAMED_BY_THE_TABLES = {
    "CN-DSL-29-RISK",
    "CN-CSL-24",
    "CN-PIPL-64",
    "CN-NDSR-27-AUDIT",
    "CN-NDSR-29-IDENTIFY",
    "CN-NCIRM-7-SUPPLEMENT",
    "CN-NCIRM-7-UPDATE",
    "CN-MIIT-RISK",
    "CN-MIIT-REPORT",
    "CN-MIIT-10-30",
    "CN-MIIT-FINAL",
    "CN-NFRA-2H",
    "CN-NFRA-24H",
    "CN-NFRA-EXTREME",
    "CN-NFRA-FINAL",
}


# Recipients that the reference names by an English word, and what the Chinese packs call them.
NAMED_IN_ENGLISH = {
    "users": "用户",
    "competent_department": "有关主管部门",
    "internal": "本单位",
    "inspection": "检查备查",
    "public": "社会公众",
    "vendor": "网络安全、系统运维服务商",
    "same channel as initial report": "原渠道",
    "else 省级以上数据安全工作协调机制": "省级以上数据安全工作协调机制",
}
# Rows whose exemption is no expression: a longer time, a delay, or another way of telling, said in the notes.
SAID_IN_NOTES = {
    "CN-MINOR-35",
    "EU-DORA-INITIAL-CLASS",
    "US-SEC-8K-105",
    "HK-PDPO-VOL",
    "JP-APPI-PRINCIPAL",
    "KR-PIPA-34-SUBJ",
    "BR-LGPD-ANPD",
    "BR-LGPD-SUBJ",
}


@pytest.fixture(scope="session")
def rows(packs):
    """Each row of the reference with its pack and rule; the first of several versions is the one in force."""
    if not REFERENCE.exists():
        pytest.skip("the reference of the duties is not on this machine")
    here = {}
    for pack in packs:
        for rule in pack.duties:
            here.setdefault(rule.id, (pack, rule))
    return [(row, *here[row["id"]]) for row in YAML(typ="safe").load(REFERENCE.read_text("utf-8"))]


def test_every_row_of_the_reference_is_here_as_it_stands_there(rows):
    assert len(rows) == 79
    for row, pack, rule in rows:
        said = (rule.article, rule.deadline, rule.confidence, rule.status, rule.urgency, rule.deadline_text)
        assert said == (
            row["article"],
            row["deadline"],
            row["confidence"],
            row["status"],
            row.get("urgency"),
            row.get("deadline_text"),
        ), row["id"]
        instrument = pack.by_instrument[rule.instrument]
        assert instrument.name == row["instrument"], row["id"]
        assert rule.calendar == row["calendar"], row["id"]
        first = instrument.effective_from
        assert (first and first.isoformat()) == row.get("effective_from"), row["id"]
        assert pack.jurisdiction == {"GB": "UK", "US-NY": "US"}.get(row["jurisdiction"], row["jurisdiction"])
        assert row.get("penalty") in {None, rule.penalty}, row["id"]
        assert list(rule.channels) == row.get("channels", []), row["id"]


def test_every_recipient_of_the_reference_is_here(rows):
    for row, _, rule in rows:
        if row["id"] == "CN-NDSR-11-NOTIFY":
            assert [told.authority for told in rule.recipients] == ["individuals", "organisations"]
        elif row["jurisdiction"] == "CN":
            named = [NAMED_IN_ENGLISH.get(told, told) for told in row["recipient"]]
            assert [told.zh for told in rule.recipients] == named, row["id"]
        else:
            slugs = [
                re.sub(r"[^a-z0-9]+", "-", re.sub(r"\(.*?\)", "", told.lower())).strip("-")
                for told in row["recipient"]
            ]
            assert [told.authority for told in rule.recipients] == slugs, row["id"]


def test_every_content_of_the_reference_is_here(rows):
    for row, pack, rule in rows:
        form = next((form for form in pack.forms if form.id == rule.form), None)
        content = [item.zh for item in form.items] if form else list(rule.content)
        if row["id"] in {"CN-NDSR-11-PLAN", "CN-NDSR-28-FLAG"}:
            assert len(content) == len(row["content"])
        elif row["id"] == "CN-NDSR-11-NOTIFY":
            assert content[:3] == row["content"][:3]
        elif form is None or row["content"]:
            assert content == row["content"], row["id"]
        if form and "initial_minimum_items" in row:
            assert [item.id for item in form.items if item.minimum] == row["initial_minimum_items"]


def test_every_follow_up_of_the_reference_is_here(rows):
    for row, _, rule in rows:
        here = [(each.deadline, each.calendar) for each in rule.follow_ups]
        assert here == [(each["deadline"], each["calendar"]) for each in row["follow_ups"]], row["id"]
        for each, told in zip(rule.follow_ups, row["follow_ups"], strict=True):
            assert each.kind.replace("-", "_") in {told["kind"], "amended_8_k"}, row["id"]
            assert bool(each.deadline_text) == ("deadline_text" in told), row["id"]


def test_every_exemption_of_the_reference_is_here(rows):
    for row, pack, rule in rows:
        if row["exemption"] is None:
            continue
        told = rule.exemption is not None or (row["id"] in SAID_IN_NOTES and (rule.notes or pack.notes))
        assert told, row["id"]


def test_every_clock_of_the_reference_starts_where_it_says(rows):
    for row, _, rule in rows:
        named = row["clock_start"].partition(" ")[0]
        if rule.kind in {"incident", "vulnerability"} and term_of(named) is not None:
            assert named in rule.clock_start, row["id"]


def test_the_rows_that_only_the_tables_name_are_here_too(packs):
    assert {rule.id for pack in packs for rule in pack.duties} >= NAMED_BY_THE_TABLES


def test_what_is_recalled_or_unverified_starts_no_clock(packs):
    for pack in packs:
        for rule in pack.duties:
            assert rule.live == (rule.confidence != "RECALLED" and rule.status == "in_force")
    dead = {rule.id for pack in packs for rule in pack.duties if not rule.live}
    assert dead == {
        "CN-NDSR-31-ASSESS",
        "CN-MIIT-10-30",
        "CN-PBC-30M",
        "CN-PBC-2H",
        "US-CIRCIA-INC",
        "US-CIRCIA-RANSOM",
        "HK-PDPO-VOL",
        # Their versions before 2026-09-11, which nobody read.
        "KR-PIPA-34-SUBJ",
        "KR-PIPA-34-AUTH",
    }


def test_all_packs_together_travel_in_one_payload(packs):
    assert sum(len(pack.model_dump_json().encode()) for pack in packs) < 300_000
    chinese = [pack for pack in packs if pack.jurisdiction == "CN"]
    assert sum(len(pack.model_dump_json().encode()) for pack in chinese) < 200_000


def test_the_working_calendar_lists_weekdays_off_and_weekend_days_on(packs):
    for pack in packs:
        assert all(day.isoweekday() <= 5 for day in pack.workdays.holidays)
        assert all(day.isoweekday() > 5 for day in pack.workdays.worked)


@pytest.mark.parametrize("name", sorted(YEARS))
def test_a_calendar_is_what_its_library_says(name):
    assert (CALENDARS / f"{name}.yaml").read_text("utf-8") == written(name), (
        "run tests/playbooks/working_days.py"
    )


def test_every_calendar_is_checked_against_a_library():
    assert {file.stem for file in CALENDARS.glob("*.yaml")} == set(YEARS)


def test_what_counts_working_days_has_a_calendar_of_them(packs):
    for pack in packs:
        counts = any(rule.calendar == "business" for rule in pack.duties)
        assert (pack.workdays is not PLAIN_WEEK) == counts, pack.id
        assert (pack.workdays.until is not None) == counts, pack.id


def test_a_calendar_is_covered_by_the_pack_s_digest(tmp_path):
    (tmp_path / "calendars").mkdir()
    days = tmp_path / "calendars" / "mine.yaml"
    (tmp_path / "a.yaml").write_text(GOOD.replace("version: 1", "version: 1\nworkdays: mine"), "utf-8")
    days.write_text("source: mine\nholidays: [2026-03-02]\n", "utf-8")
    first = load_packs(tmp_path, cache=tmp_path / "cache")[0]
    days.write_text("source: mine\nholidays: [2026-03-03]\n", "utf-8")
    second = load_packs(tmp_path, cache=tmp_path / "cache")[0]
    assert first.workdays.holidays != second.workdays.holidays
    assert digest(first) != digest(second)
    days.write_text("source: mine\nholiday: [2026-03-03]\n", "utf-8")
    (wrong,) = check_packs(tmp_path)
    assert (wrong.file.name, wrong.line, wrong.field) == ("mine.yaml", 2, "holiday")
    assert "no field called holiday" in wrong.sentence


def test_a_pack_comes_back_from_json_with_its_digest(packs):
    for pack in packs:
        again = Pack.model_validate_json(pack.model_dump_json())
        assert again == pack
        assert digest(again) == digest(pack)
    assert digest(*packs) == digest(*reversed(packs))
    assert digest(*packs) != digest(*packs[1:])


def test_every_file_has_the_schema_s_head_and_fits_it(packs):
    checker = Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    files = sorted(LAW.glob("*.yaml"))
    assert len(files) == len(packs)
    for file in files:
        assert file.read_text("utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
        assert [error.message for error in checker.iter_errors(Document(file).data)] == [], file.name


def test_the_schema_is_current():
    assert SCHEMA.read_text("utf-8") == schema(), "run: python -m playbooks.schema"


def test_the_schema_knows_the_names_of_the_facts():
    checker = Draft202012Validator(json.loads(schema()))
    pack = Document(LAW / "cn-d147.yaml").data
    pack["duties"][0]["trigger"]["all"][2]["fact"] = "crime_supected"
    assert not checker.is_valid(pack)


def test_a_loaded_pack_is_kept_and_taken_again_until_its_file_changes(tmp_path):
    law, cache = tmp_path / "law", tmp_path / "cache"
    law.mkdir()
    file = law / "cn-d147.yaml"
    file.write_text((LAW / "cn-d147.yaml").read_text("utf-8"), "utf-8")
    first = load_packs(law, cache=cache)
    assert load_packs(law, cache=cache) == first
    assert len(list(cache.iterdir())) == 1
    file.write_text(file.read_text("utf-8").replace("version: 1", "version: 2"), "utf-8")
    assert load_packs(law, cache=cache)[0].version == 2
    for kept in cache.iterdir():
        kept.write_text("{", "utf-8")
    assert load_packs(law, cache=cache)[0].version == 2


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "cache").write_text("a file, no directory")
    assert load_packs(LAW, cache=tmp_path / "cache") == load_packs()


GOOD = """\
id: made-up
title: {zh: 示例, en: Example}
jurisdiction: CN
version: 1
instruments:
  - id: law
    title: {zh: 法, en: Law}
    effective_from: 2020-01-01
duties:
  - id: CN-X-1
    instrument: law
    article: '1'
    title: {zh: 报告, en: Report}
    kind: incident
    obligor: 处理者
    trigger: {fact: confirmed, is: true}
    clock_start: [aware_at]
    deadline: PT4H
    confidence: VERIFIED_PRIMARY
"""

SECOND = """\
  - id: CN-X-{n}
    instrument: law
    article: '2'
    title: {{zh: 报告, en: Report}}
    kind: standing
    obligor: 处理者
    trigger: {trigger}
    confidence: VERIFIED_PRIMARY
"""


def second(n=2, trigger="{always: true}"):
    return GOOD + SECOND.format(n=n, trigger=trigger)


def graded(when):
    return (
        GOOD + "grading:\n  instrument: law\n  limbs:\n    - id: Q1\n      title: {zh: 一, en: one}\n"
        f"      cite: '1'\n      levels:\n        - {{grade: 重大, when: {when}}}\n"
    )


IMPOSSIBLE = "{all: [{fact: confirmed, is: true}, {fact: confirmed, is: false}]}"

BAD = [
    (
        GOOD.replace("fact: confirmed", "fact: confirmd"),
        16,
        "duties[CN-X-1].trigger.fact",
        "no fact called confirmd",
    ),
    (GOOD.replace("is: true", 'is: "yes"'), 16, "duties[CN-X-1].trigger.fact", "true, false or unknown"),
    (
        GOOD.replace("fact: confirmed, is: true", "fact: site_outage, at_least: 6"),
        16,
        "duties[CN-X-1].trigger.fact",
        "PT6H",
    ),
    (GOOD.replace("    article: '1'\n", ""), 10, "duties[CN-X-1]", "a deadline without an article"),
    (GOOD.replace("    clock_start: [aware_at]\n", ""), 10, "duties[CN-X-1]", "without clock_start"),
    (GOOD.replace("VERIFIED_PRIMARY", "RECALLED"), 10, "duties[CN-X-1]", "set status: unverified"),
    (GOOD.replace("PT4H", "4 hours"), 18, "duties[CN-X-1].deadline", "ISO 8601"),
    (GOOD.replace("[aware_at]", "[confirmed]"), 17, "duties[CN-X-1].clock_start", "recorded:confirmed"),
    (GOOD.replace("[aware_at]", "[known_at]"), 17, "duties[CN-X-1].clock_start", "no fact called known_at"),
    (
        GOOD.replace("    deadline: PT4H", "    deadlin: PT4H"),
        18,
        "duties[CN-X-1].deadlin",
        "no field called deadlin",
    ),
    (GOOD.replace("    kind: incident\n", ""), 10, "duties[CN-X-1]", "the field kind is missing"),
    (GOOD.replace("kind: incident", "kind: event"), 14, "duties[CN-X-1].kind", "'incident'"),
    (
        GOOD.replace("instrument: law", "instrument: lex"),
        11,
        "duties[CN-X-1].instrument",
        "no instrument lex",
    ),
    (GOOD + "    form: F\n", 20, "duties[CN-X-1].form", "no form F"),
    (
        GOOD + "    effective_from: 2021-01-02\n    effective_until: 2021-01-01\n",
        10,
        "duties[CN-X-1]",
        "ends before it begins",
    ),
    (GOOD.replace("PT4H", "PT0H"), 18, "duties[CN-X-1].deadline", "PT0H gives no time at all"),
    (GOOD.replace("    deadline: PT4H\n", ""), 10, "duties[CN-X-1]", "CN-X-1 has neither a deadline nor"),
    (GOOD.replace("fact: confirmed", "fact: confirmd"), 16, "duties[CN-X-1].trigger.fact", "mean confirmed?"),
    (second(n=1), 20, "duties[CN-X-1]", "two versions of CN-X-1 are in force on 2020-01-01"),
    (second(trigger="{duty: CN-X-9}"), 26, "duties[CN-X-2].trigger", "no duty CN-X-9"),
    (second(trigger="{duty: CN-X-2}"), 26, "duties[CN-X-2].trigger", "waits for itself"),
    (
        second(trigger="{duty: CN-X-1}").replace("{fact: confirmed, is: true}", "{duty: CN-X-2}"),
        16,
        "duties[CN-X-1].trigger",
        "waits for itself",
    ),
    (
        GOOD.replace("{fact: confirmed, is: true}", IMPOSSIBLE),
        16,
        "duties[CN-X-1].trigger",
        "can never be true",
    ),
    (
        graded("{all: [{fact: minors, is: true}, {fact: minors, is: false}]}"),
        27,
        "grading.limbs[Q1].levels[0].when",
        "can never be true",
    ),
    (
        graded("{fact: minors, is: true}").replace(
            "  instrument: law\n  limbs", "  instrument: lex\n  limbs"
        ),
        21,
        "grading.instrument",
        "no instrument lex",
    ),
    (
        GOOD
        + "forms:\n  - id: F\n    title: {zh: 表, en: form}\n"
        + "    items:\n      - {id: a, zh: 甲, en: a, facts: [colour]}\n",
        24,
        "forms[F].items[a].facts",
        "no fact called colour",
    ),
    (
        GOOD.replace("confirmed, is: true", "confirmed, is: true, unless: 1"),
        16,
        "duties[CN-X-1].trigger.unless",
        "no field called",
    ),
    (
        GOOD.replace("{fact: confirmed, is: true}", "{facts: confirmed}"),
        16,
        "duties[CN-X-1].trigger",
        "with one of the keys",
    ),
    (GOOD.replace("jurisdiction: CN", "jurisdiction: ZZ"), 3, "jurisdiction", "'CN', 'EU'"),
    (GOOD.replace("version: 1", "version: 1\nzone: Asia/Peking"), 5, "zone", "no time zone Asia/Peking"),
    (GOOD.replace("version: 1", "version: 1\nworkdays: mars"), 5, "workdays", "no calendar mars"),
    (GOOD + "    calendar: business\n", 10, "duties[CN-X-1]", "must be whole days"),
    (
        GOOD + "    follow_ups: [{kind: final, clock_start: x, deadline: 30 days}]\n",
        20,
        "duties[CN-X-1].follow_ups[0].deadline",
        "ISO 8601",
    ),
    (GOOD.replace("version: 1", "version: 1\nversion: 2"), 5, "version", "stands here twice"),
    (GOOD.replace("version: 1", "version: [1"), 5, "", "this is no YAML"),
    (GOOD.replace("version: 1", "version: !!python/object:os.system x"), 4, "", "has no meaning here"),
    (GOOD.replace("version: 1", "version: \x07"), 4, "", "this is no YAML"),
    (GOOD.replace("[aware_at]", "[aware_at, 3]"), 17, "duties[CN-X-1].clock_start[1]", "valid string"),
    (GOOD.replace("kind: incident", "kind: null"), 14, "duties[CN-X-1].kind", "'incident'"),
    (GOOD.replace("version: 1", "version: !secret x"), 4, "", "has no meaning here"),
    (GOOD.replace("version: 1", "version: 0x"), 4, "version", "valid integer"),
    ("x-a: &a [*a]\n" + GOOD, 1, "", "inside its own anchor"),
    ("- id: made-up\n", 1, "", "a law pack is a mapping"),
    ("", 1, "", "a law pack is a mapping"),
    (
        "x-a: &a [1,1,1,1,1,1,1,1,1,1]\nx-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "x-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nx-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "x-e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nx-f: [*e,*e,*e,*e]\n" + GOOD,
        1,
        "",
        "unfolds to more than",
    ),
    ("# " + "x" * 1_000_001, 1, "", "more than 1000000 characters"),
]


@pytest.mark.parametrize(("text", "line", "field", "words"), BAD)
def test_a_pack_that_does_not_hold_is_refused_with_file_line_and_field(tmp_path, text, line, field, words):
    file = tmp_path / "bad.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(PackInvalid) as refused:
        load_pack(file)
    assert words in refused.value.sentence
    assert (refused.value.line, refused.value.field) == (line, field)
    assert str(refused.value).startswith(f"{file}:{line}: ")
    assert "\n" not in str(refused.value)


def test_a_good_pack_with_a_second_version_that_follows_the_first_is_taken(tmp_path):
    file = tmp_path / "good.yaml"
    ended = GOOD + "    effective_until: 2021-12-31\n"
    file.write_text(
        ended + SECOND.format(n=1, trigger="{always: true}") + "    effective_from: 2022-01-01\n", "utf-8"
    )
    assert len(load_pack(file).duties) == 2


def test_two_packs_cannot_answer_for_the_same_duty(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(GOOD.replace("made-up", f"made-{name}"), "utf-8")
    with pytest.raises(PackInvalid, match=r"CN-X-1 is already in a\.yaml"):
        load_packs(tmp_path)


def test_a_follow_up_names_a_duty_of_some_pack(tmp_path):
    follows = "    follow_ups: [{kind: final, clock_start: x, duty: CN-X-7}]\n"
    (tmp_path / "a.yaml").write_text(GOOD + follows, "utf-8")
    (wrong,) = check_packs(tmp_path)
    assert (wrong.line, wrong.field) == (10, "duties[CN-X-1].id")
    assert wrong.sentence == "CN-X-1 is followed by CN-X-7, which no pack here has."


def test_every_flaw_of_a_file_is_told_in_the_order_of_its_lines(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(
        GOOD.replace("fact: confirmed", "fact: confirmd")
        .replace("jurisdiction: CN", "jurisdiction: ZZ")
        .replace("PT4H", "4 hours"),
        "utf-8",
    )
    assert [(wrong.line, wrong.field) for wrong in check_pack(file)] == [
        (3, "jurisdiction"),
        (16, "duties[CN-X-1].trigger.fact"),
        (18, "duties[CN-X-1].deadline"),
    ]
    file.write_text(second(trigger="{duty: CN-X-9}") + "    form: F\n", "utf-8")
    assert [wrong.line for wrong in check_pack(file)] == [26, 28]
    file.write_text("[", "utf-8")
    assert len(check_pack(file)) == 1
    assert check_pack(LAW / "cn-d147.yaml") == ()


def test_every_flaw_of_a_directory_is_told_with_its_file(tmp_path):
    assert check_packs() == ()
    assert "there is no law pack here" in check_packs(tmp_path)[0].sentence
    (tmp_path / "a.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, "utf-8")
    (tmp_path / "c.yaml").write_text(GOOD.replace("is: true", "is: 7"), "utf-8")
    assert [(wrong.file.name, wrong.line, wrong.field) for wrong in check_packs(tmp_path)] == [
        ("b.yaml", 1, "id"),
        ("b.yaml", 10, "duties[CN-X-1].id"),
        ("c.yaml", 16, "duties[CN-X-1].trigger.fact"),
    ]


def test_a_directory_without_packs_is_refused(tmp_path):
    with pytest.raises(PackInvalid, match="there is no law pack here"):
        load_packs(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    with pytest.raises(PackInvalid, match="cannot be read"):
        load_packs(tmp_path, cache=tmp_path / "cache")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PackInvalid, match="not UTF-8"):
        load_pack(tmp_path / "b.yaml")
