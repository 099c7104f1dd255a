"""A report's page, as an authority opens it from the mail or prints it for the file."""

from datetime import UTC, datetime
from io import BytesIO
from unicodedata import normalize

import pytest
from pypdf import PdfReader

from domain.organisation import Organisation
from domain.rendering import moment
from tests.browser.look import sheets, skips

PHONE, DESKTOP = (390, 844), (1280, 900)
# A4 without the margins that the page's style asks for, in CSS pixels.
PRINTABLE = (658, 971)
FACTS = {
    "aware_at": "2026-11-23T03:00:00.000000Z",
    "personal_information": ["leaked"],
    "persons_affected": 1_204_331,
    "records_affected": {"姓名": 1_204_331, "手机号": 1_100_000},
    "sensitive_personal_information": True,
    "cii_affected": False,
    "harms_individuals": (True, "已出现冒用身份的诈骗电话"),
    "cause_known": (True, "供应商接口<未鉴权>"),
    "crime_suspected": (True, "日志显示批量拖库"),
    "ransomware": True,
    "ransom_demand": {"amount": "12.5", "currency": "BTC"},
}
SCRIPT = "<script>window.ran = 'basis'</script>"
IMAGE = "\"'><img src=x onerror=\"window.ran='organisation'\">"
STYLE = "</style><b>{{ 7 * 7 }}</b>&amp;"
# What is read of each row, and of the citations in it.
_ROWS = "all => all.map(row => [row.innerText, [...row.querySelectorAll('.cite')].map(one => one.innerText)])"
LONG = "长" * 300 + "w" * 300


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_it_fits_the_window_asks_for_nothing_and_complains_of_nothing(drawn, look, size):
    _, file = await drawn(FACTS)
    seen = await look(file.as_uri(), size)
    assert await seen.overflowing() == []
    assert await seen.faint() == []
    assert seen.requests == [file.as_uri()]
    assert seen.complaints == []


async def test_every_field_stands_there_with_what_it_rests_on(drawn, look):
    content, file = await drawn(FACTS)
    page = (await look(file.as_uri())).page
    fields = [field for item in content["items"] for field in item["fields"]]
    rows = await page.eval_on_selector_all("h2 + table tbody tr", _ROWS)
    assert len(rows) == len(fields)
    assert {field["id"] for field in fields if field["said"]} >= {
        "entity",
        "time",
        "impact",
        "cause",
        "leads",
    }
    for field, (shown, cites) in zip(fields, rows, strict=True):
        assert field["label"]["zh"] in shown
        assert field["label"]["en"] in shown
        for words in (field["said"] or {}).values():
            assert words in shown
        assert cites == [cited(cite) for cite in field["cites"]]
        assert ("缺" in shown) is (field["id"] in content["missing"])


async def test_what_is_missing_is_listed_before_everything_else(drawn, look):
    content, file = await drawn({"cause_known": False}, organisation=Organisation(), grade=None, steps={})
    seen = await look(file.as_uri(), PHONE)
    labels = {field["id"]: field["label"] for item in content["items"] for field in item["fields"]}
    assert len(content["missing"]) == 8
    listed = await seen.page.get_by_role("region", name="尚缺").get_by_role("listitem").all_inner_texts()
    assert len(listed) == 8
    for name, line in zip(content["missing"], listed, strict=True):
        assert f"{labels[name]['zh']} (" in line
        assert line.endswith(f") {labels[name]['en']}")
    assert await seen.page.locator("td .missing").count() == 8
    assert await seen.overflowing() == []


async def test_nothing_is_listed_where_nothing_is_missing(drawn, look):
    content, file = await drawn({**FACTS, "ransomware": False})
    assert content["missing"] == []
    assert await (await look(file.as_uri())).page.locator(".lacking, .missing").count() == 0


async def test_it_says_what_it_is_to_who_listens_to_it(drawn, look):
    _, file = await drawn(FACTS)
    seen = await look(file.as_uri())
    page = seen.page
    assert await page.title() == "网络安全事件报告 I-AAAAAAAAAAAA-1"
    assert await page.get_attribute("html", "lang") == "zh-CN"
    assert await page.get_by_role("main").count() == 1
    levels = await seen.headings()
    assert levels == [1, *[2] * 8]
    assert not skips(levels)
    assert await page.get_by_role("rowheader").count() == await page.locator("tbody tr").count()
    assert await page.get_by_role("columnheader").count() == 2 * len(levels[1:])
    assert await page.locator("th .en:not([lang=en]), td .en:not([lang=en])").count() == 0


async def test_nothing_foreign_runs_or_loads_in_it(drawn, look):
    _, file = await drawn(FACTS)
    seen = await look(file.as_uri())
    ran, violated = await seen.injected()
    assert ran is None
    assert violated == ["img-src", "script-src-attr", "script-src-elem"]
    assert seen.requests == [file.as_uri(), "http://elsewhere.invalid/"]
    assert seen.blocked == {"http://elsewhere.invalid/": "csp"}


async def test_what_looks_like_markup_is_read_as_text(drawn, look):
    facts = {**FACTS, "cause_known": (True, SCRIPT), "crime_suspected": (True, STYLE)}
    _, file = await drawn(facts, organisation=Organisation(name=IMAGE, province=LONG))
    seen = await look(file.as_uri(), PHONE)
    words = await seen.page.inner_text("main")
    for one in (SCRIPT, IMAGE, STYLE, LONG):
        assert one in words
    assert await seen.page.locator("script, img, b").count() == 0
    assert await seen.page.evaluate("window.ran ?? null") is None
    assert await seen.overflowing() == []
    assert (seen.requests, seen.complaints) == ([file.as_uri()], [])


@pytest.mark.parametrize("form", ["ncirm-7", "police"])
async def test_it_prints_on_a4_with_nothing_cut_off(drawn, look, form):
    _, file = await drawn(
        {**FACTS, "cause_known": (True, LONG)}, form=form, organisation=Organisation(name=LONG)
    )
    seen = await look(file.as_uri(), PRINTABLE, media="print", color_scheme="dark")
    assert await seen.overflowing() == []
    assert await seen.faint() == []
    pages = sheets(await seen.printed())
    assert 1 <= len(pages) <= 5
    assert all(page == pytest.approx((210, 297), abs=0.5) for page in pages)


async def test_it_is_printed_with_its_number_and_its_heads_on_every_page(drawn, look):
    _, file = await drawn(FACTS)
    printed = PdfReader(BytesIO(await (await look(file.as_uri(), PRINTABLE, media="print")).printed()))
    pages = [normalize("NFKC", page.extract_text()) for page in printed.pages]
    assert 2 <= len(pages) <= 5
    for number, words in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in words
        assert "I-AAAAAAAAAAAA / 1" in words
    everything = "".join(pages)
    assert "1,204,331 人" in everything
    assert "persons affected: 1,204,331 persons" in " ".join(everything.split())


@pytest.mark.parametrize(
    ("tongue", "lang", "there", "not_there"),
    [("zh", "zh-CN", "受影响人数", "persons affected"), ("en", "en", "persons affected", "受影响人数")],
)
async def test_it_is_written_in_one_language_alone(drawn, look, tongue, lang, there, not_there):
    _, file = await drawn(FACTS)
    seen = await look(file.with_name(f"report-{tongue}.html").as_uri(), PHONE)
    assert await seen.page.get_attribute("html", "lang") == lang
    words = await seen.page.inner_text("main")
    assert there in words
    assert not_there not in words
    assert await seen.page.locator(".en").count() == 0
    assert await seen.overflowing() == []
    assert seen.complaints == []


async def test_a_drill_says_so_on_screen_and_on_paper(drawn, look):
    _, file = await drawn(FACTS, drill=True)
    seen = await look(file.as_uri(), PHONE)
    assert (await seen.page.title()).startswith("【演练】")
    mark = seen.page.get_by_text("【演练 DRILL】")
    assert await mark.is_visible()
    assert await mark.evaluate("one => getComputedStyle(one).borderTopStyle") == "solid"
    await seen.page.emulate_media(media="print")
    assert await mark.is_visible()
    assert await seen.overflowing() == []
    assert seen.complaints == []


def cited(cite):
    if not cite["at"]:
        return cite["source"]
    at = moment(datetime.fromisoformat(cite["at"]).astimezone(UTC), "en")
    return f"{cite['source']} · {at} · {cite['by']}"
