"""The Atom feed of all announcements (RFC 4287)."""

from collections.abc import Sequence
from typing import Any

from feedgen.feed import FeedGenerator

from notifiers.notice import Standing

MARKS = {Standing.CORRECTED: "【更正】", Standing.WITHDRAWN: "【撤回】"}


def feed(notices: Sequence[dict[str, Any]], root: str, title: str) -> bytes:
    """Write the feed: one entry for each announcement, as its latest version stands.

    Args:
        notices: as `notice.json` has them, the latest last; at least one.
        root: the public address, without a slash at its end.
        title: of the feed.

    """
    written = FeedGenerator()
    written.id(f"{root}/")
    written.title(title)
    written.link(href=f"{root}/feed.xml", rel="self")
    written.updated(notices[-1]["revisions"][-1]["at"])
    written.author({"name": notices[-1]["organisation"]})
    for one in notices:
        _entry(written, one, f"{root}/{one['slug']}/")
    return bytes(written.atom_str(pretty=True))


def _entry(written: FeedGenerator, one: dict[str, Any], address: str) -> None:
    last, words = one["revisions"][-1], one["wordings"][0]
    entry = written.add_entry()
    entry.id(address)
    entry.link(href=address)
    entry.title(f"{'【演练】' if one['drill'] else ''}{MARKS.get(last['standing'], '')}{words['title']}")
    entry.published(one["revisions"][0]["at"])
    entry.updated(last["at"])
    entry.author({"name": one["organisation"]})
    paragraphs = [text for section in words["sections"] for text in section["paragraphs"]]
    note = last["note"].get(words["language"])
    entry.summary(note or (paragraphs[0] if paragraphs else words["title"]))
