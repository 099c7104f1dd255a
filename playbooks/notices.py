"""The words of public announcements: a text template for each language.

The first line is the title, a line that begins with `## ` a heading, and blank lines part paragraphs.
"""

from collections.abc import Sequence
from pathlib import Path

from domain.letter import LANGUAGES, Case
from domain.playbook import Words
from domain.public import PublicSection, PublicWords
from domain.rendering import Language
from domain.wording import wording
from playbooks.invalid import PackInvalid
from playbooks.message import NOTICE_PART, SHORT, WORDS
from playbooks.messages import MESSAGES, SAMPLES, message_ids
from playbooks.required import left_out
from playbooks.saying import HEADING, SayingFile
from playbooks.templating import TEMPLATES, TemplateFile

NOTICE = TEMPLATES / "notice"


class Notices:
    """The announcement of every message, compiled and tried out; implements `activities.announce.Notices`.

    Raises:
        PackInvalid: for a template that does not hold, with file and line.

    """

    def __init__(
        self,
        contact: Words,
        folder: Path = NOTICE,
        messages: Path = MESSAGES,
        names: Sequence[str] | None = None,
    ) -> None:
        self._contact = contact
        wanted = message_ids(messages) if names is None else names
        self._notices = {name: _read(messages / name, folder) for name in wanted}
        for message in self._notices:
            for case in SAMPLES:
                self.words(case, message)

    def words(self, case: Case, message: str) -> tuple[PublicWords, ...]:
        """Write the announcement that goes with a message in every language, the official one first.

        Raises:
            KeyError: there is no such message.

        """
        written = []
        for language, (short, (layout, words)) in zip(LANGUAGES, self._notices[message].items(), strict=True):
            values: dict[str, object] = {**wording(case, short, self._contact)}
            said = words.said(values)
            text = layout.render({**values, "said": said})
            title, sections = _parted(layout.path, text)
            for name in left_out(text, "notice", said):
                sentence = f"the public must be told this, and the layout leaves it out: print said.{name}."
                raise PackInvalid(layout.path, 1, name, sentence)
            contact = self._contact.zh if short == "zh" else self._contact.en
            written.append(PublicWords(language=language, title=title, sections=sections, contact=contact))
        return tuple(written)


def _read(place: Path, folder: Path) -> dict[Language, tuple[TemplateFile, SayingFile]]:
    found: dict[Language, tuple[TemplateFile, SayingFile]] = {}
    for short in SHORT:
        own = place / f"{NOTICE_PART}.{short}.j2"
        layout = TemplateFile(own if own.exists() else folder / f"{short}.j2")
        found[short] = (layout, SayingFile(place / f"{WORDS}.{short}.j2", short))
    return found


def _parted(path: Path, text: str) -> tuple[str, tuple[PublicSection, ...]]:
    title, _, body = text.strip().partition("\n")
    if not title or title.startswith(HEADING) or not body.startswith(HEADING):
        raise PackInvalid(path, 1, "", "the first line is the title, and the second one begins with '## '.")
    sections = []
    for part in f"\n{body}".split(f"\n{HEADING}")[1:]:
        heading, _, rest = part.partition("\n")
        paragraphs = (" ".join(lines.split("\n")).strip() for lines in rest.split("\n\n"))
        sections.append(PublicSection(heading=heading.strip(), paragraphs=tuple(filter(None, paragraphs))))
    return title, tuple(sections)
