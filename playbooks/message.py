"""One message of a folder: its words, and its layouts or the shared ones, for each kind of reader."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from domain.kind import INDIVIDUAL, KINDS, OTHERS, Kind
from domain.rendering import Language
from playbooks.invalid import PackInvalid
from playbooks.saying import Said, SayingFile, said_to
from playbooks.templating import TemplateFile

TEXTS = ("sms", "voice", "im")
GREETING = "greeting"
PARTS = (GREETING, "subject", "email.txt", "email.html", *TEXTS)
SHORT: tuple[Language, ...] = ("zh", "en")
WORDS = "words"
ABOUT = "about"
NOTICE_PART = "notice"


def _name(part: str, kind: Kind, short: Language) -> str:
    return f"{part}.{short}.j2" if kind == INDIVIDUAL else f"{part}.{kind}.{short}.j2"


_KNOWN = frozenset(
    {_name(part, kind, short) for part in (WORDS, *PARTS) for kind in KINDS for short in SHORT}
    | {_name(ABOUT, kind, short) for kind in OTHERS for short in SHORT}
    | {_name(NOTICE_PART, INDIVIDUAL, short) for short in SHORT}
)


class Message:
    """The templates of one message.

    A kind of reader is told by the files of that kind, where there are any: `words.<kind>.<language>.j2`,
    `<part>.<kind>.<language>.j2`. A message's own file for everybody goes before a shared one of the kind.

    Raises:
        PackInvalid: for a file that does not hold or is no part of a message.

    """

    def __init__(self, place: Path, layouts: Path) -> None:
        for stray in sorted({file.name for file in place.iterdir()} - _KNOWN):
            raise PackInvalid(
                place / stray,
                1,
                "",
                f"a message has no such part; its parts are {', '.join((WORDS, ABOUT, *PARTS))}, "
                f"and a kind is {', '.join(OTHERS)}.",
            )
        self._place, self._layouts = place, layouts
        self._read: dict[Path, TemplateFile] = {}
        self._words = {short: SayingFile(place / _name(WORDS, INDIVIDUAL, short), short) for short in SHORT}
        self._own = {
            (kind, short): SayingFile(file, short, part=True)
            for kind, short in _others()
            if (file := place / _name(WORDS, kind, short)).exists()
        }
        self._about = {
            (kind, short): self._file(self._first(ABOUT, (kind,), short)) for kind, short in _others()
        }
        self._parts = {
            (part, kind, short): self._file(self._first(part, dict.fromkeys((kind, INDIVIDUAL)), short))
            for part in PARTS
            for kind in KINDS
            for short in SHORT
        }

    def part(self, part: str, kind: Kind, language: Language) -> TemplateFile:
        """The layout of one part for one kind of reader."""
        return self._parts[part, kind, language]

    def words(self, kind: Kind, language: Language) -> Path:
        """The file in which a kind of reader is told, where there is one; else the one for everybody."""
        own = self._own.get((kind, language))
        return self._words[language].path if own is None else own.path

    def said(self, kind: Kind, language: Language, values: Mapping[str, object]) -> Said:
        """Fill the words in for one kind of reader.

        Raises:
            PackInvalid: where a section says nothing for these values, or names what is not given.

        """
        whole = self._words[language].said(values)
        if kind == INDIVIDUAL:
            return whole
        about = self._about[kind, language]
        sentence = " ".join(about.render(values).split())
        if not sentence:
            raise PackInvalid(
                about.path, 1, "", "it says nothing; say whom the words for everybody are about."
            )
        own = self._own.get((kind, language))
        return said_to(whole, own.sections(values) if own else {}, sentence, language)

    @property
    def sources(self) -> dict[str, str]:
        """The text of every template that the message is made of."""
        found = {f"{WORDS}.{short}": file.source for short, file in self._words.items()}
        found |= {f"{WORDS}.{kind}.{short}": file.source for (kind, short), file in self._own.items()}
        found |= {f"{ABOUT}.{kind}.{short}": file.source for (kind, short), file in self._about.items()}
        return found | {
            f"{part}.{kind}.{short}": file.source for (part, kind, short), file in self._parts.items()
        }

    def _first(self, part: str, kinds: "Mapping[Kind, None] | tuple[Kind, ...]", short: Language) -> Path:
        """The file that counts: the message's own before a shared one, the kind's before that of all."""
        places = [
            folder / _name(part, kind, short) for folder in (self._place, self._layouts) for kind in kinds
        ]
        return next((place for place in places if place.exists()), places[-1])

    def _file(self, path: Path) -> TemplateFile:
        if path not in self._read:
            self._read[path] = TemplateFile(path)
        return self._read[path]


def _others() -> Iterator[tuple[Kind, Language]]:
    return ((kind, short) for kind in OTHERS for short in SHORT)
