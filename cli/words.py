"""A word that must be one of a few."""

from collections.abc import Sequence
from typing import TypeVar

from cli.stop import usage

Word = TypeVar("Word", bound=str)


def one_of(text: str, words: Sequence[Word], what: str) -> Word:
    """Take a word that is one of a few.

    Raises:
        Stop: it is none of them.

    """
    found = next((word for word in words if word == text), None)
    if found is None:
        raise usage(f"There is no {what} {text!r}; it is one of {', '.join(words)}.")
    return found
