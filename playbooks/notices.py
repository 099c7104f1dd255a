"""The words of public announcements: a text template for each language.

The first line is the title, a line that begins with `## ` a heading, and blank lines part paragraphs.
"""

from pathlib import Path

from domain.letter import LANGUAGES, Case
from domain.playbook import Words
from domain.public import PublicSection, PublicWords
from domain.wording import wording
from playbooks.invalid import PackInvalid
from playbooks.messages import SAMPLES, SHORT
from playbooks.templating import TEMPLATES, TemplateFile

NOTICE = TEMPLATES / "notice"
HEADING = "## "


class Notices:
    """The announcement's templates, compiled and tried out; implements `activities.announce.Notices`.

    Raises:
        PackInvalid: for a template that does not hold, with file and line.

    """

    def __init__(self, contact: Words, folder: Path = NOTICE) -> None:
        self._contact = contact
        self._files = {short: TemplateFile(folder / f"{short}.j2") for short in SHORT}
        for case in SAMPLES:
            self.words(case)

    def words(self, case: Case) -> tuple[PublicWords, ...]:
        """Write the announcement in every language, the official one first."""
        written = []
        for language, short in zip(LANGUAGES, SHORT, strict=True):
            file = self._files[short]
            said = wording(case, short, self._contact)
            title, sections = _parted(file.path, file.render({**said}))
            written.append(
                PublicWords(language=language, title=title, sections=sections, contact=said["contact"])
            )
        return tuple(written)


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
