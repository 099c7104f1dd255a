"""What machines read of announcements: the form of RFC 9116, and nothing that does not stand."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifiers.announcement import AnnouncementPublisher
from notifiers.directory import DirectoryShelf
from notifiers.listing import NAME, listing
from notifiers.recording import RecordingPublisher
from tests.notifiers.notices import AT, CORRECTED, NOTICE, PAGE, STYLE, WITHDRAWN

ROOT = "https://notice.example.invalid/a"
# RFC 9116, 4: a comment, or a field's name, a colon, a space and its value.
LINE = re.compile(r"#[^\r\n]*|[A-Za-z-]+: [^\r\n]+")


def publisher(folder, **more):
    return AnnouncementPublisher(DirectoryShelf(folder), page=PAGE, style=STYLE, public_url=ROOT, **more)


def fields(folder):
    lines = (folder / NAME).read_bytes().decode().split("\r\n")
    assert lines.pop() == ""
    assert all(LINE.fullmatch(line) for line in lines)
    return [tuple(line.split(": ", 1)) for line in lines if not line.startswith("#")]


async def test_it_says_whom_to_ask_and_what_stands_the_latest_first(tmp_path):
    ours = publisher(tmp_path, contacts=("mailto:privacy@example.cn", "tel:+86-400-810-8888"))
    await ours.publish(NOTICE)
    later = replace(NOTICE.latest, at=AT + timedelta(days=2))
    await ours.publish(replace(NOTICE, slug="later", revisions=(later,)))
    assert fields(tmp_path) == [
        ("Contact", "mailto:privacy@example.cn"),
        ("Contact", "tel:+86-400-810-8888"),
        ("Expires", "2027-11-24T09:30:00Z"),
        ("Preferred-Languages", "zh-CN, en"),
        ("Canonical", f"{ROOT}/{NAME}"),
        ("Feed", f"{ROOT}/feed.xml"),
        ("Announcement", f"{ROOT}/later/"),
        ("Announcement", f"{ROOT}/{NOTICE.slug}/"),
    ]


async def test_it_follows_a_correction_and_a_withdrawal(tmp_path):
    ours = publisher(tmp_path)
    await ours.publish(NOTICE)
    address = ("Announcement", f"{ROOT}/{NOTICE.slug}/")
    # Without a contact of its own it names the page, which says whom to ask.
    assert fields(tmp_path)[0] == ("Contact", address[1])
    before = dict(fields(tmp_path))["Expires"]
    await ours.publish(CORRECTED)
    assert address in fields(tmp_path)
    assert datetime.fromisoformat(dict(fields(tmp_path))["Expires"]) > datetime.fromisoformat(before)
    await ours.publish(WITHDRAWN)
    assert address not in fields(tmp_path)
    assert fields(tmp_path)[0] == ("Contact", address[1])


async def test_drills_are_listed_in_their_own_folder_only(tmp_path):
    drill = replace(NOTICE, slug="drill", drill=True)
    await publisher(tmp_path / "public").publish(drill)
    assert not (tmp_path / "public" / NAME).exists()
    await publisher(tmp_path / "public").publish(NOTICE)
    assert "drill" not in (tmp_path / "public" / NAME).read_text()
    await RecordingPublisher(tmp_path, page=PAGE, style=STYLE).publish(NOTICE)
    said = (tmp_path / "announcement" / NAME).read_text()
    assert said.startswith("# 演练")
    assert f"Announcement: https://drill.invalid/{NOTICE.slug}/" in said


async def test_the_page_leads_there_and_a_line_for_the_sites_own_security_txt(tmp_path):
    published = await publisher(tmp_path).publish(NOTICE)
    assert f'<link rel="collection" type="text/plain" href="../{NAME}">' in published.content.decode()
    assert f"# Incident-Announcements: {ROOT}/{NAME}\r\n".encode() in (tmp_path / NAME).read_bytes()


async def test_announcements_from_before_versions_were_kept_for_machines_stay_listed(tmp_path):
    ours = publisher(tmp_path)
    await ours.publish(replace(NOTICE, slug="old"))
    (tmp_path / "old" / "v1.json").unlink()
    await ours.publish(NOTICE)
    assert ("Announcement", f"{ROOT}/old/") in fields(tmp_path)
    assert f"{ROOT}/old/" in (tmp_path / "feed.xml").read_text()


@given(st.text(st.one_of(st.sampled_from("\r\n\u2028\x85\0:#"), st.characters(exclude_categories=["Cs"]))))
def test_no_name_begins_a_line_of_its_own(name):
    one = {
        "slug": "s",
        "organisation": name,
        "drill": False,
        "wordings": [{"language": "zh-CN"}],
        "revisions": [{"at": AT.isoformat(), "standing": "issued"}],
    }
    lines = listing([one], ROOT).decode().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == f"Contact: {ROOT}/s/"
    assert len(lines) == 10
