"""The published announcement, as those see it whom no message reaches."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.async_playwright import Axe
from lxml import etree

from notifiers.notice import Notice, Revision, Section, Standing, Wording
from tests.browser.look import sheets, skips

PHONE, DESKTOP = (390, 844), (1280, 900)
# A4 without the margins that the page asks for, in CSS pixels.
PRINTABLE = (658, 986)
ATOM = "{http://www.w3.org/2005/Atom}"
FACTS = {
    "aware_at": "2026-11-23T03:00:00.000000Z",
    "personal_information": ["leaked"],
    "persons_affected": 1_204_331,
    "records_affected": {"姓名": 1_204_331, "手机号": 1_100_000},
    "sensitive_personal_information": True,
    "minors": True,
}
SCRIPT = "<script>window.ran = 'organisation'</script>"
IMAGE = "\"'><img src=x onerror=\"window.ran='class'\">"
STYLE = "</style><b>{{ 7 * 7 }}</b>&amp;"
NOTICE = Notice(
    slug="I-AAAAAAAAAAAA",
    organisation="示例科技有限公司",
    wordings=(
        Wording(
            "zh-CN", "关于网络数据安全事件的公告", (Section("风险情况", ("部分个人信息泄露。",)),), "电话"
        ),
        Wording("en", "Announcement of an incident", (Section("What happened", ("A leak.",)),), "Phone"),
    ),
    revisions=(
        Revision(1, Standing.ISSUED, datetime(2026, 11, 23, 11, 0, tzinfo=ZoneInfo("Asia/Shanghai"))),
    ),
)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_it_fits_the_window_asks_for_nothing_and_complains_of_nothing(announced, look, site, size):
    address = site + await announced(FACTS)
    seen = await look(address, size)
    assert await seen.overflowing() == []
    assert await seen.faint() == []
    await seen.page.emulate_media(color_scheme="dark")
    assert await seen.faint() == []
    assert seen.requests == [address]
    assert seen.complaints == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("drill", [False, True], ids=["real", "drill"])
async def test_axe_finds_nothing_against_wcag_2_2_aa(publisher, look, site, size, standing, drill):
    later = Revision(
        2, standing, NOTICE.latest.at + timedelta(hours=3), {"zh-CN": "人数", "en": "The number"}
    )
    revisions = NOTICE.revisions if standing is Standing.ISSUED else (*NOTICE.revisions, later)
    slug = f"I-AXE-{standing.value}-{drill}"
    await publisher.publish(replace(NOTICE, slug=slug, revisions=revisions, drill=drill))
    seen = await look(f"{site}/{slug}/", size)
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    for scheme in ("light", "dark"):
        await seen.page.emulate_media(color_scheme=scheme)
        found = await Axe().run(seen.page, options=rules)
        assert found.response["violations"] == [], found.generate_report()
        assert len(found.response["passes"]) > 15


async def test_it_says_what_it_is_to_who_listens_to_it(announced, look, site):
    seen = await look(site + await announced(FACTS))
    page = seen.page
    assert await page.title() == "关于网络数据安全事件的公告 · 示例科技有限公司"
    assert await page.get_attribute("html", "lang") == "zh-CN"
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert await page.get_by_role(role).count() == 1, role
    levels = await seen.headings()
    assert levels.count(1) == 1
    assert not skips(levels)
    for language, title in (
        ("zh-CN", "关于网络数据安全事件的公告"),
        ("en", "Announcement of a network data security incident"),
    ):
        article = page.get_by_role("article", name=title)
        assert await article.get_attribute("lang") == language
        await page.locator(f"nav a[lang={language}]").click()
        assert page.url.endswith(f"#{language}")
        assert await article.locator("h1, h2").first.is_visible()
    assert "400-810-8888" in await page.inner_text("article[lang=en] .contact")


async def test_the_keyboard_reaches_the_words_first(announced, look, site):
    page = (await look(site + await announced(FACTS), PHONE)).page
    skip = page.locator("a.skip")
    assert (await skip.bounding_box())["x"] < 0
    await page.keyboard.press("Tab")
    assert (await skip.bounding_box())["x"] == 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.tagName") == "MAIN"


async def test_nothing_foreign_runs_or_loads_in_it(announced, look, site):
    address = site + await announced(FACTS)
    seen = await look(address)
    ran, violated = await seen.injected()
    assert ran is None
    assert violated == ["img-src", "script-src-attr", "script-src-elem"]
    assert seen.requests == [address, "http://elsewhere.invalid/"]
    assert seen.blocked == {"http://elsewhere.invalid/": "csp"}


async def test_what_looks_like_markup_is_read_as_text(announced, look, site):
    long = "长" * 300 + "w" * 300
    facts = {**FACTS, "records_affected": {IMAGE: 1, STYLE: 1, long: 1}}
    address = site + await announced(facts, organisation=SCRIPT)
    seen = await look(address, PHONE)
    words = await seen.page.inner_text("main")
    for one in (SCRIPT, IMAGE, STYLE, long):
        assert words.count(one) == 2
    assert await seen.page.inner_text(".organisation") == SCRIPT
    assert SCRIPT in await seen.page.title()
    assert await seen.page.locator("script, img, b").count() == 0
    assert await seen.page.evaluate("window.ran ?? null") is None
    assert await seen.overflowing() == []
    assert (seen.requests, seen.complaints) == ([address], [])
    feed = await _feed(seen)
    assert feed.findtext(f"{ATOM}entry/{ATOM}author/{ATOM}name") == SCRIPT


async def test_it_is_found_in_a_feed_that_it_names(announced, look, site):
    path = await announced(FACTS)
    seen = await look(site + path)
    feed = await _feed(seen)
    assert feed.find(f"{ATOM}link").get("href") == f"{site}/feed.xml"
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "关于网络数据安全事件的公告"
    assert entry.find(f"{ATOM}link").get("href") == seen.page.url == site + path


async def test_a_correction_shows_what_was_said_before(publisher, look, site):
    corrected = replace(
        NOTICE,
        revisions=(
            *NOTICE.revisions,
            Revision(
                2,
                Standing.CORRECTED,
                NOTICE.latest.at + timedelta(hours=3),
                {"zh-CN": "人数由 120 万更正为 121 万", "en": "1.21 million people, not 1.2 million"},
            ),
        ),
    )
    await publisher.publish(NOTICE)
    await publisher.publish(corrected)
    seen = await look(f"{site}/{NOTICE.slug}/", PHONE)
    marks = await seen.page.get_by_role("note").all_inner_texts()
    assert marks == [
        "本公告已更正。 人数由 120 万更正为 121 万",
        "This announcement has been corrected. 1.21 million people, not 1.2 million",
    ]
    history = await seen.page.locator("footer li").all_inner_texts()
    assert [line.split(" · ")[1] for line in history] == ["更正 corrected", "发布 issued"]
    assert history[0].endswith("人数由 120 万更正为 121 万 · 1.21 million people, not 1.2 million")
    assert await seen.page.locator("[aria-current=page]").inner_text() == "版本 Version 2"
    assert await seen.overflowing() == []
    assert await seen.faint() == []
    assert (await _feed(seen)).findtext(f"{ATOM}entry/{ATOM}title").startswith("【更正】")
    await seen.page.get_by_role("link", name="版本 Version 1").click()
    assert seen.page.url.endswith("/v1.html")
    assert await seen.page.get_by_role("note").count() == 0
    assert seen.complaints == []


async def test_it_prints_on_a4_without_what_is_for_the_screen(announced, look, site):
    seen = await look(site + await announced(FACTS), PRINTABLE, media="print", color_scheme="dark")
    assert await seen.overflowing() == []
    assert await seen.faint(7) == []
    assert not await seen.page.get_by_role("navigation").is_visible()
    assert not await seen.page.locator("a.skip").is_visible()
    pages = sheets(await seen.printed())
    assert len(pages) == 2
    assert all(page == pytest.approx((210, 297), abs=0.5) for page in pages)


async def test_a_drill_says_so_wherever_one_looks(announced, look, site):
    seen = await look(site + await announced(FACTS, drill=True), PHONE)
    assert (await seen.page.title()).startswith("【演练】")
    marks = seen.page.get_by_role("note")
    assert await marks.count() == 2
    for mark in await marks.all():
        assert "演练" in await mark.inner_text()
        assert await mark.is_visible()
    assert await marks.first.evaluate("one => one.getBoundingClientRect().bottom < innerHeight")
    assert await seen.faint() == []
    assert seen.complaints == []
    assert (await _feed(seen)).findtext(f"{ATOM}entry/{ATOM}title").startswith("【演练】")


async def _feed(seen):
    link = seen.page.locator("link[rel=alternate]")
    assert await link.get_attribute("type") == "application/atom+xml"
    answer = await seen.page.request.get(urljoin(seen.page.url, await link.get_attribute("href")))
    assert answer.status == 200
    return etree.fromstring(
        await answer.body(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    )
