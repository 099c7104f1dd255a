"""The words of one message, written once for everybody, with only the name left open."""

from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from domain.model import Value
from domain.organisation import Organisation
from domain.state import Known

LANGUAGES = ("zh-CN", "en")
DRILL_MARK = "【演练 DRILL】"
_BANNER = (
    '<p role="region" aria-label="演练 drill" style="border:2px solid;padding:.5em;font-weight:bold">'
    f"{DRILL_MARK}</p>"
)


class Case(Value):
    """What a message is about: the facts as they stand, and who speaks."""

    incident: str
    facts: dict[str, Known]
    organisation: Organisation
    drill: bool


class Words(NamedTuple):
    """One person's message, ready to go."""

    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject, a text and perhaps its HTML, each cut where the name stands.

    `nameless` is the same letter for somebody whose name is not known.
    """

    subject: str
    text: tuple[str, ...]
    html: tuple[str, ...] | None = None
    nameless: "Letter | None" = None

    def to(self, name: str) -> Words:
        """Address the letter to one person; the name is escaped where it stands in HTML."""
        if not name and self.nameless is not None:
            return self.nameless.to("")
        html = None if self.html is None else escape(name).join(self.html)
        return Words(self.subject, name.join(self.text), html)

    def drilled(self) -> "Letter":
        """The same letter with the mark of a drill on every part that anyone sees."""
        first, *rest = self.text
        return Letter(
            subject=DRILL_MARK + self.subject,
            text=(DRILL_MARK + first, *rest),
            html=None if self.html is None else (drilled_page(self.html[0]), *self.html[1:]),
            nameless=None if self.nameless is None else self.nameless.drilled(),
        )


def drilled_page(html: str) -> str:
    """Put the mark of a drill at the top of a page, behind its `<body>` tag where it has one."""
    head, tag, body = html.partition("<body")
    if not tag:
        return _BANNER + html
    attributes, end, rest = body.partition(">")
    return f"{head}{tag}{attributes}{end}{_BANNER}{rest}"
