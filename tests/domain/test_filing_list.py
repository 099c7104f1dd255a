"""The list that a person goes by who files a paper by hand."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from domain.filing import Copy, Guide, Way, checklist, script
from domain.form import FilledField, FilledItem, Sheet
from domain.playbook import Words


def words(zh, en=""):
    return Words(zh=zh, en=en or zh)


SHEET = Sheet(
    incident="I-A",
    number=1,
    form="ncirm-7",
    form_digest="0" * 64,
    title=words("网络安全事件报告", "Report of a cybersecurity incident"),
    basis=words("依据"),
    stage="initial",
    drill=False,
    drawn_at=datetime(2026, 11, 23, tzinfo=UTC),
    organisation="某公司",
    duties=(),
    items=(
        FilledItem(
            number="（一）",
            label=words("单位"),
            fields=(
                FilledField(id="entity", label=words("单位", "entity"), minimum=True, said=words("某公司")),
                FilledField(id="system", label=words("系统", "system"), minimum=True, said=None),
                FilledField(id="extra", label=words("其他", "other"), minimum=False, said=None),
            ),
        ),
        FilledItem(
            number="（三）",
            label=words("趋势"),
            fields=(FilledField(id="trend", label=words("趋势", "trend"), minimum=False, said=None),),
        ),
        FilledItem(
            number="（八）",
            label=words("其他"),
            fields=(FilledField(id="more", label=words("其他", "more"), minimum=False, said=None),),
        ),
    ),
    missing=("system",),
    pending=("trend",),
)
HOTLINE = Way(
    channel="hotline",
    where=(words("12387"),),
    source="a list",
    confidence="VERIFIED_SECONDARY",
    steps=(words("call"),),
    ask=(words("number"),),
    read_out=True,
)
GUIDE = Guide(id="g", version=1, title=words("g"), note=words("n"), ways=(HOTLINE,))


def test_what_is_read_out_follows_the_form_and_says_what_is_not_known():
    said = script(SHEET)
    assert said[0].zh == "我单位是某公司，现报告网络安全事件报告（初次报告），事件编号 I-A。"
    assert [each.zh for each in said[1:]] == [
        "（一） 单位：某公司。系统：尚不清楚，随后补报。",
        "（三） 趋势：尚不清楚，随后补报。",
    ]
    assert "system: not known yet, to follow" in said[1].en


def test_the_list_begins_where_the_organisation_itself_says():
    def made(known, way=HOTLINE):
        files = (Copy(path="p", sha256="0" * 64),)
        return checklist(GUIDE, way, SHEET, authority="a", known=known, files=files, sha256="1" * 64)

    assert [each.zh for each in made("0571-1").where] == ["0571-1", "12387"]
    assert [each.zh for each in made("12387").where] == ["12387"]
    assert [each.zh for each in made("").where] == ["12387"]
    assert made("").script
    assert made("", HOTLINE.model_copy(update={"read_out": False})).script == ()


def test_a_guide_knows_its_ways():
    assert GUIDE.way("hotline") is GUIDE.ways[0]
    assert GUIDE.way("email") is None


def test_a_place_needs_its_source_and_a_way_stands_once():
    with pytest.raises(ValidationError, match="add source and confidence"):
        Way(channel="fax", where=(words("1"),), steps=(words("s"),), ask=(words("a"),))
    with pytest.raises(ValidationError, match="two ways are called hotline"):
        Guide(id="g", version=1, title=words("g"), note=words("n"), ways=(HOTLINE, HOTLINE))
