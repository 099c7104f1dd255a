"""What stands on a paper, in each language, and what one version says otherwise than another."""

from datetime import UTC, datetime

import pytest

from domain.facts import GradeAssessed
from domain.filling import Material, fill, revised
from domain.form import DutyLine, Earlier
from domain.layout import Box, Grid, Heading, Lines, Note, spans, text
from domain.material import Done, EvidenceLine, NoticeLine, ReportLine
from domain.organisation import Organisation
from domain.pack_words import article_words, duty_words
from domain.paper import laid_out
from domain.playbook import Words
from domain.revision import changes
from domain.state import Known
from domain.work_said import evidence_words, notice_words, report_words
from playbooks.forms import FormLibrary
from playbooks.loader import load_packs

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DUTY = DutyLine(key="A/b/1", title="报告", article="4(4)", recipient="网信部门")


def words(zh, en):
    return Words(zh=zh, en=en)


def known(value, basis=""):
    return Known(value=value, at=AT, by="lead", basis=basis)


FACTS = {
    "aware_at": known("2026-11-23T03:00:00Z"),
    "personal_information": known("leaked"),
    "persons_affected": known(1_000_000),
    "cause_known": known(value=False),
    "cii_affected": known(value=False),
}


@pytest.fixture(scope="module")
def library():
    return FormLibrary()


@pytest.fixture(scope="module")
def filled(library):
    def run(facts, form="ncirm-7", stage="initial", duties=(DUTY,), **more):
        material = Material(
            incident="I-A",
            number=2,
            duties=duties,
            facts=facts,
            organisation=Organisation(name="某公司", province="浙江"),
            grade=GradeAssessed(value="较大", decided_by=("Q5",)),
            opened_at=AT,
            severity=3,
            steps={"isolate-source": "done"},
            at=AT,
            drill=False,
            **more,
        )
        return fill(library.form(form), material, stage, words("电话", "phone"), {})

    return run


def test_a_text_is_written_in_one_language_or_both():
    said = words("泄露", "leaked")
    assert [each.text for each in spans(said, "zh")] == ["泄露"]
    assert [each.text for each in spans(said, "en")] == ["leaked"]
    assert text(said, "both") == "泄露 leaked"
    assert text(words("x", "x"), "both") == "x"


def test_a_paper_is_laid_out_in_the_order_of_its_form(filled):
    sheet = filled(FACTS)
    blocks = laid_out(sheet).blocks
    assert [type(block) for block in blocks[:2]] == [Lines, Heading]
    assert isinstance(blocks[-1], Note)
    heads = [block.words for block in blocks if isinstance(block, Heading)]
    assert [head.zh[:3] for head in heads] == [f"（{n}）" for n in "一二三四五六七八"]
    assert heads[1].en.startswith("(2) ")
    about = {row.label.en: row.says[0].words for row in blocks[0].rows}
    assert about["from"].zh == "某公司"
    assert about["duty"].zh == "报告（4(4)）→ 网信部门"
    assert "follows on" not in about


def test_an_item_of_which_nothing_applies_stands_without_a_table(library):
    form = library.form("ncirm-7")
    ransom = next(field for item in form.items for field in item.fields if field.when == "ransomware")
    item = form.items[2].model_copy(update={"fields": (ransom,)})
    material = Material(
        incident="I-A",
        number=1,
        duties=(),
        facts={},
        organisation=Organisation(),
        opened_at=AT,
        severity=1,
        steps={},
        at=AT,
        drill=False,
    )
    short = form.model_copy(update={"items": (item,)})
    blocks = laid_out(fill(short, material, "initial", words("", ""), {})).blocks
    assert [type(block) for block in blocks] == [Lines, Heading, Note]


def test_what_a_lawyer_wrote_beforehand_is_said_each_time(filled):
    advice = next(field for field in filled(FACTS, form="pipl-57").fields() if field.id == "advice")
    assert "修改密码" in advice.said.zh
    assert [cite.source for cite in advice.cites] == ["form:standing"]


def test_a_report_of_a_vulnerability_says_what_it_is_and_lacks_nothing_of_an_incident(filled):
    sheet = filled(
        {
            "aware_at": known("2026-11-23T03:00:00Z"),
            "kind": known("vulnerability"),
            "national_security_or_public_interest": known(value=True),
            "cause_known": known(value=True),
        },
        form="general",
    )
    assert sheet.missing == ()
    kind = next(field for field in sheet.fields() if field.id == "type")
    assert kind.said.en == "security defect or vulnerability of a product or service"
    assert [cite.source for cite in kind.cites] == ["fact:kind"]


def test_what_is_empty_says_whether_it_is_missing_to_follow_or_nothing(filled):
    sheet = filled(FACTS)
    assert "trend" in sheet.pending
    rows = {
        row.label.en: row.says
        for block in laid_out(sheet).blocks
        if isinstance(block, Lines)
        for row in block.rows
    }
    assert rows["trend and further harm"][0].words.zh == "待补报"
    assert rows["support requested"][0].words.zh == "（无）"
    full = filled({**FACTS, "cause_known": known(value=True)})
    assert "trend" in full.missing
    blocks = laid_out(full).blocks
    assert isinstance(blocks[1], Box)
    assert words("（三）发展趋势及进一步影响", "(3) trend and further harm") in blocks[1].items


def test_a_duty_is_named_in_full_where_the_law_is_at_hand(filled):
    duty = DUTY.model_copy(update={"said": words("义务", "a duty"), "due_at": AT})
    sheet = filled(FACTS, duties=(duty,), form="ncirm-8")
    row = laid_out(sheet).blocks[0].rows[-1]
    assert row.says[0].words.zh == "义务，最迟 2026年11月23日 11:00（北京时间）"
    assert row.says[0].words.en == "a duty, by 2026-11-23 11:00 +08:00"
    heads = [block.words.en for block in laid_out(sheet).blocks if isinstance(block, Heading)]
    assert heads[:2] == ["the incident", "1. cause"]


def test_a_version_says_what_changed_what_is_new_and_what_fell_away(filled):
    old = filled({**FACTS, "ransomware": known(value=True), "ransom_demand": known({"amount": "1"})})
    new = filled(
        {**FACTS, "persons_affected": known(2_000_000), "crime_suspected": known(value=True, basis="日志")}
    )
    found = {change.id: change for change in changes(old, new)}
    assert {"impact", "leads", "ransom-amount"} <= set(found)
    assert "1,000,000" in found["impact"].was.zh
    assert "2,000,000" in found["impact"].now.zh
    assert found["leads"].was is None
    assert found["ransom-amount"].now is None
    assert "time" not in found
    assert changes(new, new) == ()

    first = Earlier(number=1, stage="initial", form="ncirm-7", sha256="a" * 64, receipt="R-1")
    sheet = revised(new, first, old)
    blocks = laid_out(sheet).blocks
    about = {row.label.en: row.says[0].words for row in blocks[0].rows}
    assert about["follows on"].zh == "第1号（初次报告），回执编号 R-1"
    (grid,) = [block for block in blocks if isinstance(block, Grid)]
    cells = {row[0][0].words.zh: (row[1][0].words.zh, row[2][0].words.zh) for row in grid.rows}
    assert cells["（五）溯源调查线索"] == ("（无）", "日志")
    assert cells["（二）要求支付赎金的金额"][1] == "（不再填报）"
    marks = [
        row.label.en
        for block in blocks
        if isinstance(block, Lines)
        for row in block.rows
        if row.says[-1].manner == "changed"
    ]
    assert "impact and harm so far" in marks


def test_a_field_that_lost_its_words_says_so(filled):
    sheet = revised(
        filled({**FACTS, "crime_suspected": known(value=True)}),
        Earlier(number=1, stage="initial", form="ncirm-7", sha256="a" * 64),
        filled({**FACTS, "crime_suspected": known(value=True, basis="日志")}),
    )
    (grid,) = [block for block in laid_out(sheet).blocks if isinstance(block, Grid)]
    assert [row[2][0].words.zh for row in grid.rows] == ["（无）"]
    assert laid_out(sheet).blocks[0].rows[4].says[0].words.en == "no. 1 (initial report)"


def test_a_version_without_changes_says_that_too(filled):
    sheet = filled(FACTS)
    same = revised(sheet, Earlier(number=1, stage="initial", form="ncirm-7", sha256="a" * 64), sheet)
    notes = [block.words.en for block in laid_out(same).blocks if isinstance(block, Note)]
    assert notes[0] == "Nothing differs from the report before."


def test_what_was_done_is_said_with_its_receipts_counts_and_hashes(filled):
    done = Done(
        reports=(
            ReportLine(number=1, what="initial", authority="cac", sha256="a" * 64, channel="hotline"),
            ReportLine(
                number=1,
                what=None,
                authority="psb",
                sha256="b" * 64,
                channel=None,
                receipt="9",
                received_at=AT,
            ),
        ),
        notices=(
            NoticeLine(number=1, counts={"delivered": 1200, "sent": 0, "late": 3}),
            NoticeLine(number=1, path="/a/"),
        ),
        evidence=(EvidenceLine(what=words("日志", "logs"), sha256="c" * 64, by="ledger", at=AT),),
        closed_at=AT,
    )
    assert report_words(done.reports[0]).zh == "初次报告（第1号）报送 cac，热线电话，尚无回执"
    assert report_words(done.reports[1]).en == "referral no. 1 to psb by , receipt 9, 2026-11-23 11:00 +08:00"
    assert notice_words(done.notices[0]).zh == "通知批次 1：已送达 1,200 人、late 3 人"
    assert notice_words(done.notices[1]).en == "announcement /a/"
    assert notice_words(NoticeLine(number=2)).en == "campaign 2: nobody"
    assert evidence_words(done.evidence[0]).en.startswith("logs, SHA-256 ccc")
    assert "kept by lee" in evidence_words(EvidenceLine(what=words("a", "a"), by="lee")).en
    assert evidence_words(EvidenceLine(what=words("日志", "logs"))).zh == "日志"

    year = {field.id: field for field in filled(FACTS, form="ndsr-33", done=done).fields()}
    assert year["closed"].said.en == "2026-11-23 11:00 +08:00"
    assert "回执 9" in year["reports"].said.zh
    none = {field.id: field for field in filled(FACTS, form="ndsr-33").fields()}
    assert (none["closed"].said, none["reports"].said, none["notices"].said) == (None, None, None)
    police = {field.id: field for field in filled(FACTS, form="police", done=done).fields()}
    assert "c" * 64 in police["inventory"].said.zh


@pytest.mark.parametrize(
    ("article", "zh", "en"),
    [
        ("4(4)", "第4条第4款", "Art. 4(4)"),
        ("57", "第57条", "Art. 57"),
        ("23(三)", "23(三)", "23(三)"),
        ("", "", ""),
    ],
)
def test_an_article_is_said_as_lawyers_do(article, zh, en):
    assert article_words(article) == words(zh, en)


def test_a_duty_of_a_pack_is_named_with_its_law_and_recipient():
    (pack,) = [each for each in load_packs() if each.id == "cn-ncirm"]
    rule = next(each for each in pack.duties if each.id == "CN-NCIRM-4-OTHER")
    said = duty_words(pack, rule, rule.recipients[0])
    assert "（《国家网络安全事件报告管理办法》第4条第4款）→ " in said.zh
    assert "Art. 4(4)) → " in said.en
