"""What a message says, apart from how it is laid out: one file of sections for each language.

A line `## name` begins a section, blank lines part its paragraphs, and every line of `advice` that begins
with `- ` is one piece of it. The sections hold what the law wants people to be told, so none may be missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
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


_NAMES = tuple(field.name for field in fields(Said))
_LINES = ("title", "announcement", "basis", "short", "spoken")
_OPTIONAL = "spoken"


class SayingFile:
    """One file `words.<language>.j2`.

    Raises:
        PackInvalid: where it cannot be read, is no template, or has a section too many, twice or too few.

    """

    def __init__(self, path: Path, language: Language) -> None:
        self._file = TemplateFile(path)
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
        written: dict[str, str | tuple[str, ...]] = {}
        # A value of several lines could otherwise begin a section.
        plain = {name: " ".join(v.split()) if isinstance(v, str) else v for name, v in values.items()}
        for name, text in _sections(self._file.render(plain)).items():
            found = _items(text, self._glue) if name == "advice" else _paragraphs(text, self._glue)
            if not found:
                raise self._wrong(name, "it says nothing; write what people must be told.")
            written[name] = self._glue.join(found) if name in _LINES else found
        written.setdefault(_OPTIONAL, written["short"])
        return Said(**written)  # type: ignore[arg-type]  # lines are texts, as `_LINES` says

    def _see(self, path: Path) -> None:
        seen: set[str] = set()
        for number, line in enumerate(self.source.splitlines(), start=1):
            if line.startswith(HEADING):
                name = line.removeprefix(HEADING).strip()
                if name not in _NAMES:
                    raise PackInvalid(path, number, name, f"there is no such section; {', '.join(_NAMES)}.")
                if name in seen:
                    raise PackInvalid(path, number, name, "this section stands here twice; keep one.")
                seen.add(name)
            elif not seen and line.strip():
                raise PackInvalid(path, number, "", f"the file begins with a section: {HEADING}{_NAMES[0]}.")
        for name in _NAMES:
            if name not in seen and name != _OPTIONAL:
                raise PackInvalid(path, 1, name, f"the section is missing; add {HEADING}{name}.")

    def _wrong(self, name: str, sentence: str) -> PackInvalid:
        lines = self.source.splitlines()
        number = next((n for n, line in enumerate(lines, start=1) if line.strip() == f"{HEADING}{name}"), 1)
        return PackInvalid(self.path, number, name, sentence)


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
