"""What a message says, apart from how it is laid out: one file of sections for each language.

A line `## name` begins a section, blank lines part its paragraphs, and every line of `advice` that begins
with `- ` is one piece of it. The sections hold what the law wants people to be told, so none may be missing.
A file of one kind of reader has only the sections in which they are told otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from domain.rendering import Language
from playbooks.invalid import PackInvalid
from playbooks.templating import TemplateFile

HEADING = "## "
ITEM = "- "


@dataclass(frozen=True, slots=True)
class Said:
    """The sections of a message, filled in; `spoken` is `short` where nothing else is written for calls.

    `public` is the incident as the announcement tells it, `announcement` its title, `short` the whole in a
    few sentences for channels that have room for no more.
    """

    title: str
    announcement: str
    basis: str
    incident: tuple[str, ...]
    public: tuple[str, ...]
    consequences: tuple[str, ...]
    measures: tuple[str, ...]
    advice: tuple[str, ...]
    short: str
    spoken: str


Sections = Mapping[str, str | tuple[str, ...]]

_NAMES = tuple(field.name for field in fields(Said))
_LINES = ("title", "announcement", "basis", "short", "spoken")
_OPTIONAL = "spoken"
# The announcement is read by everybody.
_PUBLIC = ("announcement", "public")


class SayingFile:
    """One file `words.<language>.j2`, or with `part` a `words.<kind>.<language>.j2`.

    Raises:
        PackInvalid: where it cannot be read, is no template, or has a section too many, twice or too few.

    """

    def __init__(self, path: Path, language: Language, *, part: bool = False) -> None:
        self._file = TemplateFile(path)
        self._part = part
        self._glue = "" if language == "zh" else " "
        self._see(path)

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self._file.path

    @property
    def source(self) -> str:
        """Its text, before anything is filled in."""
        return self._file.source

    def said(self, values: Mapping[str, object]) -> Said:
        """Fill the sections in.

        Raises:
            PackInvalid: where a section says nothing for these values, or names what is not given.

        """
        written = dict(self.sections(values))
        written.setdefault(_OPTIONAL, written["short"])
        return Said(**written)  # type: ignore[arg-type]  # lines are texts, as `_LINES` says

    def sections(self, values: Mapping[str, object]) -> Sections:
        """Fill in the sections that there are; lines are texts, the others have several.

        Raises:
            PackInvalid: as `said`.

        """
        written: dict[str, str | tuple[str, ...]] = {}
        # A value of several lines could otherwise begin a section.
        plain = {name: " ".join(v.split()) if isinstance(v, str) else v for name, v in values.items()}
        for name, text in _sections(self._file.render(plain)).items():
            found = _items(text, self._glue) if name == "advice" else _paragraphs(text, self._glue)
            if not found:
                raise self._wrong(name, "it says nothing; write what people must be told.")
            written[name] = self._glue.join(found) if name in _LINES else found
        return written

    def _see(self, path: Path) -> None:
        seen: set[str] = set()
        for number, line in enumerate(self.source.splitlines(), start=1):
            if line.startswith(HEADING):
                name = line.removeprefix(HEADING).strip()
                if self._part and name in _PUBLIC:
                    sentence = "everybody reads the announcement; this section belongs to the words of all."
                    raise PackInvalid(path, number, name, sentence)
                if name not in _NAMES:
                    raise PackInvalid(path, number, name, f"there is no such section; {', '.join(_NAMES)}.")
                if name in seen:
                    raise PackInvalid(path, number, name, "this section stands here twice; keep one.")
                seen.add(name)
            elif not seen and line.strip():
                raise PackInvalid(path, number, "", f"the file begins with a section: {HEADING}{_NAMES[0]}.")
        for name in () if self._part else _NAMES:
            if name not in seen and name != _OPTIONAL:
                raise PackInvalid(path, 1, name, f"the section is missing; add {HEADING}{name}.")

    def _wrong(self, name: str, sentence: str) -> PackInvalid:
        lines = self.source.splitlines()
        number = next((n for n, line in enumerate(lines, start=1) if line.strip() == f"{HEADING}{name}"), 1)
        return PackInvalid(self.path, number, name, sentence)


def said_to(whole: Said, own: Sections, about: str, language: Language) -> Said:
    """Say a message to another kind of reader: their own sections, and the words of all for the rest.

    What the words of all say of the reader is not true of every reader. So `about`, which says whom it is
    true of, stands before the incident and before a short or spoken text that is not the reader's own.
    """
    glue = "" if language == "zh" else " "
    # A short text begins in the middle of a sentence, behind the greeting.
    begun = about[:1].lower() + about[1:] if about[1:2].islower() else about
    said = replace(whole, **own)  # type: ignore[arg-type]  # as in `SayingFile.said`
    if "incident" not in own:
        said = replace(said, incident=(about, *said.incident))
    if "short" not in own:
        said = replace(said, short=f"{begun}{glue}{_capital(whole.short)}")
    if _OPTIONAL not in own:
        spoken = said.short if "short" in own else f"{about}{glue}{_capital(whole.spoken)}"
        said = replace(said, spoken=spoken)
    return said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sections(text: str) -> dict[str, str]:
    parts = f"\n{text}".split(f"\n{HEADING}")[1:]
    return {head.strip(): body for head, _, body in (part.partition("\n") for part in parts)}


def _paragraphs(text: str, glue: str) -> tuple[str, ...]:
    joined = (glue.join(line.strip() for line in part.splitlines()).strip() for part in text.split("\n\n"))
    return tuple(filter(None, joined))


def _items(text: str, glue: str) -> tuple[str, ...]:
    parts = f"\n{text.strip()}".split(f"\n{ITEM}")
    joined = (glue.join(line.strip() for line in part.splitlines()).strip() for part in parts)
    return tuple(filter(None, joined))
