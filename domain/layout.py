"""What stands on a paper, block by block and in both languages; a page and a Word document write it out."""

from typing import Literal

from domain.line import Instant
from domain.model import Value
from domain.playbook import Words
from domain.rendering import Language

# Which languages a file is written in; `both` puts the English under the Chinese.
Tongue = Literal["zh", "en", "both"]
Manner = Literal["text", "cite", "missing", "follows", "changed"]


class Span(Value):
    """One text in one language."""

    language: Language
    text: str


class Said(Value):
    """One thing that a cell says, and in which manner."""

    words: Words
    manner: Manner = "text"


class Row(Value):
    """One line of a table: what it is about, and what is said of it."""

    label: Words
    says: tuple[Said, ...]


class Heading(Value):
    """The title of what follows; `level` 1 is a chapter, 2 an item in it."""

    kind: Literal["heading"] = "heading"
    words: Words
    level: Literal[1, 2] = 1


class Lines(Value):
    """A table with a label for each row; `heads` name its two columns, none where they go without."""

    kind: Literal["lines"] = "lines"
    rows: tuple[Row, ...]
    heads: tuple[Words, Words] | None = None


class Grid(Value):
    """A table with a head for each column; `shares` are the columns' widths, in parts of a hundred."""

    kind: Literal["grid"] = "grid"
    heads: tuple[Words, ...]
    shares: tuple[int, ...]
    rows: tuple[tuple[tuple[Said, ...], ...], ...]


class Box(Value):
    """A framed list that nobody may read over."""

    kind: Literal["box"] = "box"
    title: Words
    items: tuple[Words, ...]


class Note(Value):
    """A sentence in small print."""

    kind: Literal["note"] = "note"
    words: Words


Block = Heading | Lines | Grid | Box | Note


class Layout(Value):
    """A whole paper; `reference` names it in the margin of every page."""

    title: Words
    under: Words
    reference: str
    drill: bool
    drawn_at: Instant
    blocks: tuple[Block, ...]


def spans(words: Words, tongue: Tongue) -> tuple[Span, ...]:
    """Write words in one language, or in both; what is alike in both is written once."""
    zh, en = Span(language="zh", text=words.zh), Span(language="en", text=words.en)
    if tongue == "zh":
        return (zh,)
    if tongue == "en":
        return (en,)
    return (zh,) if words.zh == words.en else (zh, en)


def text(words: Words, tongue: Tongue, between: str = " ") -> str:
    """Write words on one line."""
    return between.join(span.text for span in spans(words, tongue))
