"""The words of a public announcement in one language."""

from domain.model import Value


class PublicSection(Value):
    """A heading with its paragraphs, plain text."""

    heading: str
    paragraphs: tuple[str, ...]


class PublicWords(Value):
    """A title, what the law wants said, and how we are reached."""

    language: str
    title: str
    sections: tuple[PublicSection, ...]
    contact: str
