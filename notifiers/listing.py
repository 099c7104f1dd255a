"""Which announcements stand and whom to ask, in a text for machines in the form of RFC 9116's security.txt.

It is a file of its own, because security.txt says where to report a vulnerability, and this does not. It lies
beside the feed and not under `/.well-known/`, whose names are registered (RFC 8615, 3). A site's own
security.txt leads here by one line, which whoever does not know the field passes over (RFC 9116, 2.4).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from notifiers.notice import Standing

NAME: Final = "incident-announcements.txt"
FIELD: Final = "Incident-Announcements"
# RFC 9116, 2.5.5: less than a year. Counted from the last publication, so that a repeat writes the same.
_GOOD_FOR: Final = timedelta(days=364)


def listing(
    notices: Sequence[dict[str, Any]], root: str, contacts: Sequence[str] = (), *, drill: bool = False
) -> bytes | None:
    """Write the text, UTF-8 with CRLF; None where there is nothing that it could name.

    Args:
        notices: as `notice.json` has them, the latest last.
        root: the public address, without a slash at its end.
        contacts: URIs (`mailto:`, `tel:`, `https:`), the preferred one first; where there are none, the page
            of the latest announcement, which says whom to ask.
        drill: whether drills are listed, and nothing else.

    """
    ours = [one for one in notices if one["drill"] == drill]
    if not ours:
        return None
    return "".join(f"{line}\r\n" for line in _lines(ours, root, contacts)).encode()


def _lines(notices: Sequence[dict[str, Any]], root: str, contacts: Sequence[str]) -> Iterator[str]:
    last = notices[-1]
    if last["drill"]:
        yield "# 演练：仅供演练，未发生真实事件。 Drill: no real incident has happened."
    yield "# 安全事件公告 Announcements of security incidents"
    yield f"# {' '.join(last['organisation'].split())}"
    yield "# In this site's own /.well-known/security.txt (RFC 9116) this line leads here:"
    yield f"# {FIELD}: {root}/{NAME}"
    for contact in contacts or (_address(root, last),):
        yield f"Contact: {contact}"
    at = datetime.fromisoformat(last["revisions"][-1]["at"])
    yield f"Expires: {at + _GOOD_FOR:%Y-%m-%dT%H:%M:%SZ}"
    yield f"Preferred-Languages: {', '.join(dict.fromkeys(_languages(notices)))}"
    yield f"Canonical: {root}/{NAME}"
    yield f"Feed: {root}/feed.xml"
    for one in reversed(notices):
        if one["revisions"][-1]["standing"] != Standing.WITHDRAWN:
            yield f"Announcement: {_address(root, one)}"


def _address(root: str, one: dict[str, Any]) -> str:
    return f"{root}/{one['slug']}/"


def _languages(notices: Sequence[dict[str, Any]]) -> Iterator[str]:
    return (words["language"] for one in notices for words in one["wordings"])
