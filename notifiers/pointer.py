"""A text file that leads machines and searchers to the announcements, in the manner of RFC 9116."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from notifiers.notice import Standing

NAME = "announcements.txt"
# RFC 9116, section 2.5.5, advises less than a year; whoever reads it later is to look for a newer one.
_VALID = timedelta(days=364)


def pointer(root: str, notices: Sequence[Mapping[str, Any]]) -> bytes:
    """Write the file for the notices as their `notice.json` has them, the newest last.

    Fields as RFC 9116 writes them, a line each: `Canonical`, `Contact` (the newest page that stands, which
    says whom to turn to), `Expires`, `Preferred-Languages`, and of our own `Feed` and an `Announcement` for
    each notice that is not withdrawn. It knows no present time, so writing it again gives the same bytes.
    """
    standing = [one for one in notices if one["revisions"][-1]["standing"] != Standing.WITHDRAWN]
    newest = datetime.fromisoformat(notices[-1]["revisions"][-1]["at"]).astimezone(UTC)
    languages = dict.fromkeys(words["language"] for one in notices for words in one["wordings"])
    shown = [f"{root}/{one['slug']}/" for one in reversed(standing)]
    newest_page = f"{root}/{notices[-1]['slug']}/"
    lines = [
        "# Announcements of network data security incidents; the form is that of RFC 9116.",
        f"Canonical: {root}/{NAME}",
        f"Contact: {shown[0] if shown else newest_page}",
        f"Expires: {(newest + _VALID).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        f"Preferred-Languages: {', '.join(languages)}",
        f"Feed: {root}/feed.xml",
        *(f"Announcement: {address}" for address in shown),
    ]
    return "".join(f"{line}\n" for line in lines).encode()
