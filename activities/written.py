"""The words of a batch: written once for every batch that says the same of the same case."""

from collections.abc import Mapping
from typing import NamedTuple

from activities.letters import Letters
from domain.kind import KINDS, Kind
from domain.letter import LANGUAGES, Case, Letter
from notifiers.port import Form

AT_ONCE = 16
Whom = tuple[str, str, Kind]


class Worded(NamedTuple):
    """A letter as a channel takes it; `nameless` is for somebody whose name is not known."""

    subject: str
    form: Form
    nameless: Form


class Written:
    """What goes out, by channel, language and kind of reader.

    The last cases are kept, for a campaign has many batches.
    """

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._kept: dict[tuple[str, tuple[str, ...]], tuple[Case, dict[Whom, Worded]]] = {}

    def of(self, message: str, channels: tuple[str, ...], case: Case) -> Mapping[Whom, Worded]:
        """Write a message in every language to every kind of reader.

        Raises:
            KeyError: there is no such message, or none for one of the channels.

        """
        kept = self._kept.get((message, channels))
        if kept is not None and kept[0] == case:
            return kept[1]
        made = {
            (channel, language, kind): _worded(self._letters.letter(message, channel, language, case, kind))
            for channel in channels
            for language in LANGUAGES
            for kind in KINDS
        }
        if len(self._kept) >= AT_ONCE:
            self._kept.clear()
        self._kept[message, channels] = (case, made)
        return made


def _worded(letter: Letter) -> Worded:
    plain = letter.to("")
    nameless = Form((plain.text,), None if plain.html is None else (plain.html,))
    return Worded(letter.subject, Form(letter.text, letter.html), nameless)
