"""A paper as a Word document: what a program can read of it; how it looks is seen in tests/browser."""

import re
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Mm

from domain.layout import Box, Grid, Heading, Layout, Lines, Note, Row, Said
from domain.playbook import Words
from playbooks.forms import FormLibrary

AT = datetime(2026, 11, 23, 3, 0, 17, 5, tzinfo=UTC)
PERSON = "张三"


def words(zh, en):
    return Words(zh=zh, en=en)


def paper(**changes):
    said = (
        Said(words=words("泄露", "leaked")),
        Said(words=words("fact:x", "fact:x"), manner="cite"),
        Said(words=words("本次更新", "changed"), manner="changed"),
    )
    given = {
        "title": words("网络安全事件报告", "Report of a cybersecurity incident"),
        "under": words("补报", "supplement"),
        "reference": "I-AAAAAAAAAAAA / 1",
        "drill": False,
        "drawn_at": AT,
        "blocks": (
            Box(title=words("尚缺", "missing"), items=(words("地点", "place"),)),
            Heading(words=words("（一）单位", "(1) entity")),
            Lines(
                rows=(
                    Row(label=words("类型", "type"), says=said),
                    Row(
                        label=words("日期", "date"),
                        says=(Said(words=words("缺", "missing"), manner="missing"),),
                    ),
                ),
                heads=(words("事项", "item"), words("内容", "content")),
            ),
            Heading(words=words("变化", "changes"), level=2),
            Grid(
                heads=(words("前次", "before"), words("本次", "now")),
                shares=(50, 50),
                rows=(((said[0],), (said[0],)),),
            ),
            Note(words=words("说明", "a note")),
        ),
    }
    return Layout(**{**given, **changes})


@pytest.fixture(scope="module")
def written():
    return FormLibrary().document


@pytest.fixture(scope="module")
def opened(written):
    def read(tongue="both", **changes):
        return Document(BytesIO(written(paper(**changes), tongue)))

    return read


def test_the_same_paper_gives_the_same_bytes(written):
    first = written(paper(), "both")
    assert written(paper(), "both") == first
    assert written(paper(under=words("续报", "update")), "both") != first
    assert written(paper(), "zh") != first
    with ZipFile(BytesIO(first)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.testzip() is None


def test_its_properties_say_what_it_is_and_nobody_s_name(written, opened):
    for tongue, title, language in (
        ("zh", "网络安全事件报告", "zh-CN"),
        ("en", "Report of a cybersecurity incident", "en-US"),
        ("both", "网络安全事件报告 Report of a cybersecurity incident", "zh-CN"),
    ):
        said = opened(tongue).core_properties
        assert (said.title, said.language, said.subject) == (title, language, "I-AAAAAAAAAAAA / 1")
        assert (said.author, said.last_modified_by, said.comments, said.keywords) == ("", "", "", "")
        assert said.created == said.modified == AT.replace(microsecond=0)
    with ZipFile(BytesIO(written(paper(), "both"))) as package:
        names = set(package.namelist())
        assert not [name for name in names if "thumbnail" in name or "app.xml" in name or "custom" in name]
        assert b"python-docx" not in b"".join(map(package.read, names))


def test_it_is_a4_with_headings_and_styles_of_its_own(opened):
    document = opened()
    section = document.sections[0]
    assert (section.page_width, section.page_height) == pytest.approx((Mm(210), Mm(297)), abs=635)
    styles = [each.style.name for each in document.paragraphs if each.text]
    assert styles == ["Title", "Subtitle", "Heading 1", "Heading 2", "Tocsin Note"]
    cell = document.tables[1].rows[1].cells[1]
    assert [each.style.name for each in cell.paragraphs] == [
        "Tocsin Cell",
        "Tocsin Citation",
        "Tocsin Changed",
    ]
    assert [run.style.name for run in cell.paragraphs[0].runs if run.text.strip()] == [
        "Default Paragraph Font",
        "Tocsin English",
    ]
    missing = document.tables[1].rows[2].cells[1].paragraphs[0].runs
    assert {run.style.name for run in missing if run.text.strip()} == {"Tocsin Missing"}


def test_tables_repeat_their_heads_and_tear_no_row(opened):
    _, lines, grid = opened().tables
    for table in (lines, grid):
        for number, row in enumerate(table.rows):
            marks = {each.tag for each in row._tr.trPr}
            assert qn("w:cantSplit") in marks
            assert (qn("w:tblHeader") in marks) is (number == 0)


def test_every_run_says_its_language_and_the_fonts_name_one_for_chinese(opened):
    document = opened()
    for run in document.element.body.iter(qn("w:r")):
        text = "".join(each.text or "" for each in run.iter(qn("w:t")))
        spoken = run.find(f"{qn('w:rPr')}/{qn('w:lang')}")
        if re.search(r"[\u4e00-\u9fff]", text):
            assert spoken.get(qn("w:eastAsia")) == "zh-CN"
        elif re.search(r"[a-z]{4}", text) and text != "fact:x":
            assert spoken.get(qn("w:val")) == "en-US"
    fonts = list(document.styles.element.iter(qn("w:rFonts")))
    assert fonts
    for each in fonts:
        assert each.get(qn("w:eastAsia")) in {"SimSun", "SimHei"}
        assert not [name for name in each.attrib if name.endswith("Theme")]


def test_its_pages_are_numbered(opened):
    for tongue, said in (("zh", "第1页，共1页"), ("en", "page1of1")):
        foot = opened(tongue).sections[0].footer._element
        fields = [each.get(qn("w:instr")) for each in foot.iter(qn("w:fldSimple"))]
        assert fields == ["PAGE", "NUMPAGES"]
        assert "".join("".join(each.text or "" for each in foot.iter(qn("w:t"))).split()) == said


def test_one_language_leaves_the_other_out(opened):
    chinese = opened("zh").element.xpath("string(//w:body)")
    english = opened("en").element.xpath("string(//w:body)")
    assert "泄露" in chinese
    assert "leaked" not in chinese
    assert "leaked" in english
    assert not re.search(r"[\u4e00-\u9fff]", english)


def test_a_drill_says_so_on_every_page(opened):
    document = opened(drill=True)
    assert document.paragraphs[0].text == "【演练 DRILL】"
    assert document.sections[0].header.paragraphs[0].text.startswith("【演练 DRILL】")
    assert "演练" not in opened().element.xml
