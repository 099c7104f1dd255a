"""The messages that people are told by: what each says in a folder of its own, how it looks shared by all."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from domain.kind import INDIVIDUAL, KINDS, Kind
from domain.letter import LANGUAGES, Case, Letter
from domain.line import canonical
from domain.organisation import Organisation
from domain.playbook import Words
from domain.rendering import Language
from domain.state import Known
from domain.wording import wording
from playbooks.invalid import PackInvalid
from playbooks.message import GREETING, SHORT, TEXTS, Message
from playbooks.required import CONTACT, left_out, plain
from playbooks.saying import Said
from playbooks.templating import TEMPLATES, TemplateFile

MESSAGES = TEMPLATES / "messages"
LAYOUTS = "default"
# A character of no script stands for the name while a letter is written once for everybody.
_OPEN = "\ue000"
_PROBE = "A & <b>王"


def message_ids(folder: Path) -> tuple[str, ...]:
    """The messages of a folder, by name alone."""
    return tuple(entry.name for entry in sorted(folder.iterdir()) if entry.is_dir() and entry.name != LAYOUTS)


class Messages:
    """Every message of a folder, compiled and tried out; implements `activities.letters.Letters`.

    The folder `default` holds the layouts; a message may have any of them for itself. `names` are the
    messages wanted, all of the folder's where it is left out.

    Raises:
        PackInvalid: for the first template that does not hold, with file and line.

    """

    def __init__(self, contact: Words, folder: Path = MESSAGES, names: Sequence[str] | None = None) -> None:
        self._contact = contact
        self._messages: dict[str, Message] = {}
        layouts = folder / LAYOUTS
        for name in message_ids(folder) if names is None else names:
            self._messages[name] = Message(folder / name, layouts)
            self._try_out(name)

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages there are."""
        return tuple(self._messages)

    def digest(self, message: str) -> str:
        """SHA-256, in hex, over the message's templates and the contact they print."""
        content = {"templates": self._messages[message].sources, "contact": self._contact.model_dump()}
        return hashlib.sha256(canonical(content).encode()).hexdigest()

    def words(self, message: str, kind: Kind, language: Language) -> Path:
        """The file in which a kind of reader is told."""
        return self._messages[message].words(kind, language)

    def letter(
        self, message: str, channel: str, language: str, case: Case, kind: Kind = INDIVIDUAL
    ) -> Letter:
        """Write the message once for everybody of one channel, language and kind; the name stays open."""
        if channel not in {"email", *TEXTS}:
            raise KeyError(channel)
        short: Language = "zh" if language == LANGUAGES[0] else "en"
        to = _To(self._messages[message], kind, short, case, self._contact)
        letter = to.letter(channel)
        return letter.drilled() if case.drill else letter

    def _try_out(self, name: str) -> None:
        """Write every letter as it would be sent, and prove that leaving the name open changes nothing."""
        for case, short, kind in product(SAMPLES, SHORT, KINDS):
            to = _To(self._messages[name], kind, short, case, self._contact)
            for channel in ("email", *TEXTS):
                words, whole = to.letter(channel).to(_PROBE), to.written(channel, _PROBE)
                if (words.text, words.html) != (whole.text[0], whole.html[0] if whole.html else None):
                    raise PackInvalid(
                        to.layout("email.txt" if channel == "email" else channel).path,
                        1,
                        "name",
                        "a template may print the name or ask whether there is one, and nothing else.",
                    )
                self._see_whole(to, channel, whole)

    def _see_whole(self, to: "_To", channel: str, letter: Letter) -> None:
        contact = self._contact.zh if to.language == "zh" else self._contact.en
        written = {"email.txt" if channel == "email" else channel: letter.text[0]}
        if letter.html:
            written["email.html"] = plain(letter.html[0])
        for part, text in written.items():
            for name in left_out(text, channel, to.said, contact):
                raise PackInvalid(
                    to.layout(part).path,
                    1,
                    name,
                    "people must be told this, and the layout leaves it out: print "
                    f"{'contact' if name == CONTACT else f'said.{name}'}, all of it.",
                )


class _To:
    """A message as it goes to one kind of reader in one language, about one case."""

    def __init__(self, message: Message, kind: Kind, language: Language, case: Case, contact: Words) -> None:
        self.language = language
        self._message, self._kind = message, kind
        values: dict[str, object] = {**wording(case, language, contact)}
        self.said: Said = message.said(kind, language, values)
        self._values = {**values, "said": self.said}

    def layout(self, part: str) -> TemplateFile:
        """The template of one part."""
        return self._message.part(part, self._kind, self.language)

    def letter(self, channel: str) -> Letter:
        """Lay it out for one channel, the name left open."""
        return self.written(channel, _OPEN, self.written(channel, ""))

    def written(self, channel: str, name: str, nameless: Letter | None = None) -> Letter:
        """Lay it out for one channel and fill in a name; cut where it is left open."""
        values: dict[str, object] = {**self._values, "name": name}
        values[GREETING] = self._render(GREETING, values)
        if channel != "email":
            return Letter("", tuple(self._render(channel, values).split(_OPEN)), nameless=nameless)
        text, html = self._render("email.txt", values) + "\n", self._render("email.html", values)
        subject = " ".join(self._render("subject", {**values, "name": "", GREETING: ""}).split())
        return Letter(subject, tuple(text.split(_OPEN)), tuple(html.split(_OPEN)), nameless)

    def _render(self, part: str, values: Mapping[str, object]) -> str:
        return self.layout(part).render(values).strip()


def _samples() -> tuple[Case, ...]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    full = {
        "aware_at": "2026-01-01T00:00:00.000000Z",
        "personal_information": ["leaked", "lost"],
        "records_affected": {"姓名": 1, "手机号码": 1},
        "persons_affected": {"min": 1},
        "illegal_access_found": True,
        "sensitive_personal_information": True,
        "minors": True,
    }
    facts = {name: Known(value=value, at=at, by="sample") for name, value in full.items()}
    return (
        Case(incident="I-AAAAAAAAAAAA", facts={}, organisation=Organisation(), drill=False),
        Case(
            incident="I-AAAAAAAAAAAA",
            facts=facts,
            organisation=Organisation(name="示例公司", province="浙江省"),
            drill=False,
        ),
    )


SAMPLES = _samples()
