"""A page that anyone can read, a feed that says what changed, and files that appear whole or not at all."""

import asyncio
import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as markup

from notifiers import directory
from notifiers.announcement import AnnouncementPublisher
from notifiers.directory import DirectoryShelf
from notifiers.errors import Misconfigured, Refused, Unreachable
from notifiers.notice import Revision, Section, Standing, Wording
from tests.notifiers.notices import AT, ATOM, CORRECTED, NOTICE, PAGE, STYLE, WITHDRAWN


def publisher(folder: Path, **changes) -> AnnouncementPublisher:
    fields = {"page": PAGE, "style": STYLE, "public_url": "https://notice.example.invalid/a/"}
    return AnnouncementPublisher(DirectoryShelf(folder), **{**fields, **changes})


async def test_the_page_says_it_all_and_runs_nothing(tmp_path):
    published = await publisher(tmp_path).publish(NOTICE)
    stands = (tmp_path / NOTICE.slug / "index.html").read_bytes()
    assert published.content == stands
    assert published.sha256 == hashlib.sha256(stands).hexdigest()
    assert (published.path, published.url) == (
        "/2026-11-23-incident/",
        "https://notice.example.invalid/a/2026-11-23-incident/",
    )
    page = markup.document_fromstring(stands.decode())
    assert stands.startswith(b"<!DOCTYPE html>")
    assert page.get("lang") == "zh-CN"
    assert [part.get("lang") for part in page.iter("article")] == ["zh-CN", "en"]
    assert len(page.findall(".//h1")) == 1
    text = page.text_content()
    for words in ("涉及姓名和手机号", "请修改密码", "400-000-0000", "What happened", "版本 1"):
        assert words in text
    assert not list(page.iter("script", "img", "iframe", "form", "object"))
    assert not page.xpath("//@onclick|//@onload|//@style|//@src")
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    style = page.find(".//style").text
    hashed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'"
    assert "@media print" in style


async def test_a_reader_without_a_mouse_or_eyes_finds_the_way(tmp_path):
    page = markup.document_fromstring((await publisher(tmp_path).publish(CORRECTED)).content.decode())
    assert page.xpath("//a[@class='skip']/@href") == ["#announcement"]
    assert page.xpath("//main/@id") == ["announcement"]
    assert page.xpath("//nav/@aria-label") == ["语言"]
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for labelled in page.xpath("//@aria-labelledby"):
        assert labelled in ids
    levels = [int(heading.tag[1]) for heading in page.iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.xpath("//meta[@name='viewport']/@content") == ["width=device-width, initial-scale=1"]


async def test_a_correction_is_a_new_version_and_the_old_one_stays(tmp_path):
    ours = publisher(tmp_path)
    first = await ours.publish(NOTICE)
    second = await ours.publish(CORRECTED)
    folder = tmp_path / NOTICE.slug
    assert (folder / "v1.html").read_bytes() == first.content
    assert (folder / "v2.html").read_bytes() == (folder / "index.html").read_bytes() == second.content
    page = markup.document_fromstring(second.content.decode())
    assert page.xpath("//footer//ol//a/@href") == ["v2.html", "v1.html"]
    assert "人数由 120 万更正为 121 万" in page.text_content()
    assert "本公告已更正" in page.text_content()
    stands = await ours.standing(NOTICE.slug)
    assert stands == second
    assert await ours.standing("nothing-here") is None
    assert "本公告已撤回" in (await ours.publish(WITHDRAWN)).content.decode()


async def test_publishing_again_changes_nothing_and_a_published_version_never_changes(tmp_path):
    ours = publisher(tmp_path)
    first = await ours.publish(NOTICE)
    assert await ours.publish(NOTICE) == first
    await ours.publish(CORRECTED)
    assert await ours.publish(NOTICE) == first
    assert (await ours.standing(NOTICE.slug)).version == 2
    with pytest.raises(Refused, match=r"announcement\.version_taken"):
        await ours.publish(replace(NOTICE, organisation="Somebody else"))


async def test_times_are_shown_where_the_readers_live(tmp_path):
    published = await publisher(tmp_path, zone=ZoneInfo("Asia/Shanghai")).publish(NOTICE)
    page = markup.document_fromstring(published.content.decode())
    assert page.find(".//time").text == "2026-11-23 17:30 UTC+08:00"


async def test_the_feed_is_valid_atom_with_one_entry_each(tmp_path):
    ours = publisher(tmp_path)
    await ours.publish(NOTICE)
    other = replace(NOTICE, slug="another", revisions=(Revision(1, Standing.ISSUED, AT - timedelta(days=2)),))
    await ours.publish(other)
    await ours.publish(CORRECTED)
    feed = etree.fromstring((tmp_path / "feed.xml").read_bytes())
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert len(feed.findall(f"{ATOM}{name}")) == 1
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == "https://notice.example.invalid/a/feed.xml"
    entries = {entry.findtext(f"{ATOM}id"): entry for entry in feed.findall(f"{ATOM}entry")}
    assert entries.keys() == {
        "https://notice.example.invalid/a/another/",
        "https://notice.example.invalid/a/2026-11-23-incident/",
    }
    for entry in entries.values():
        for name in ("id", "title", "updated", "published", "summary"):
            assert len(entry.findall(f"{ATOM}{name}")) == 1
        assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated")).tzinfo is not None
    corrected = entries["https://notice.example.invalid/a/2026-11-23-incident/"]
    assert corrected.findtext(f"{ATOM}title") == "【更正】关于网络数据安全事件的公告"
    assert corrected.findtext(f"{ATOM}updated") == "2026-11-23T12:30:00+00:00"
    assert corrected.findtext(f"{ATOM}published") == "2026-11-23T09:30:00+00:00"
    assert feed.findtext(f"{ATOM}updated") == "2026-11-23T12:30:00+00:00"


async def test_many_at_once_lose_no_entry(tmp_path):
    notices = [replace(NOTICE, slug=f"n{number}") for number in range(12)]
    await asyncio.gather(*(publisher(tmp_path).publish(notice) for notice in notices))
    feed = etree.fromstring((tmp_path / "feed.xml").read_bytes())
    assert len(feed.findall(f"{ATOM}entry")) == 12
    assert not [path for path in tmp_path.rglob(".*") if path.name != ".lock"]


async def test_a_reader_never_sees_half_a_page(tmp_path):
    ours = publisher(tmp_path)
    await ours.publish(NOTICE)
    whole = set()
    done = asyncio.Event()

    def read() -> None:
        while not done.is_set():
            whole.add((tmp_path / NOTICE.slug / "index.html").read_bytes()[-8:].strip())

    reading = asyncio.create_task(asyncio.to_thread(read))
    notice = NOTICE
    for version in range(2, 12):
        notice = replace(
            notice,
            revisions=(
                *notice.revisions,
                Revision(version, Standing.CORRECTED, AT + timedelta(hours=version)),
            ),
        )
        await ours.publish(notice)
    done.set()
    await reading
    assert whole == {b"</html>"}


HOSTILE = st.text(
    st.one_of(st.sampled_from("<>&\"'{}%\0\u202e\n"), st.characters(exclude_categories=["Cs"])), max_size=40
)


@settings(max_examples=80, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_words_become_markup(title, paragraph, note):
    wording = Wording(
        "zh-CN", f"<script>{title}", (Section("{{ 7*7 }}", (f"<img onerror=x>{paragraph}",)),), "c"
    )
    notice = replace(
        NOTICE,
        wordings=(wording,),
        revisions=(Revision(1, Standing.CORRECTED, AT, {wording.language: f"</style>{note}"}),),
    )
    content = publisher(Path("/nowhere")).render(notice).decode()
    assert "<script" not in content
    assert "<img" not in content
    assert content.count("</style>") == 1
    assert "{{ 7*7 }}" in content


async def test_a_drill_says_so_everywhere(tmp_path):
    published = await publisher(tmp_path).publish(replace(NOTICE, drill=True))
    text = published.content.decode()
    assert "演练：本页面仅供演练" in text
    assert "<title>【演练】" in text
    assert "【演练】" in (tmp_path / "feed.xml").read_text()


@pytest.mark.parametrize("page", ["{{ nothing }}", "{{ notice.__class__.__mro__ }}"])
async def test_a_template_that_asks_for_what_is_not_there(tmp_path, page):
    with pytest.raises(Misconfigured, match=r"announcement\.template"):
        await publisher(tmp_path, page=page).publish(NOTICE)
    assert not list(tmp_path.iterdir())


def test_a_template_that_is_none(tmp_path):
    with pytest.raises(Misconfigured, match=r"announcement\.template"):
        publisher(tmp_path, page="{% for %}")


async def test_a_place_that_cannot_be_written(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    with pytest.raises(Misconfigured, match=r"announcement\.directory"):
        await publisher(blocked).publish(NOTICE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    ours = publisher(tmp_path / "public")
    await ours.publish(NOTICE)
    with monkeypatch.context() as patched:
        patched.setattr(directory.os, "fsync", full)
        with pytest.raises(Unreachable, match=r"announcement\.disk\.ENOSPC"):
            await ours.publish(CORRECTED)
    assert (await ours.standing(NOTICE.slug)).version == 1
    assert not list((tmp_path / "public" / NOTICE.slug).glob(".*"))
    assert (await ours.publish(CORRECTED)).version == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": "../up"},
        {"slug": ""},
        {"wordings": ()},
        {"revisions": ()},
        {"revisions": (Revision(2, Standing.ISSUED, AT),)},
        {"revisions": (Revision(1, Standing.ISSUED, AT.replace(tzinfo=None)),)},
    ],
)
def test_notices_that_cannot_be(changes):
    with pytest.raises(ValueError, match="an announcement"):
        replace(NOTICE, **changes)


def test_the_style_names_nothing_outside():
    assert not re.search(r"url\(|@import|https?:", STYLE)
