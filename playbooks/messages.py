"""The messages that people are told by: what each says in a folder of its own, how it looks shared by all."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from domain.letter import LANGUAGES, Case, Letter
from domain.line import canonical
from domain.organisation import Organisation
from domain.playbook import Words
from domain.rendering import Language
from domain.state import Known
from domain.wording import wording
from playbooks.invalid import PackInvalid
from playbooks.required import CONTACT, left_out, plain
from playbooks.saying import Said, SayingFile
from playbooks.templating import TEMPLATES, TemplateFile

MESSAGES = TEMPLATES / "messages"
TEXTS = ("sms", "voice", "im")
PARTS = ("subject", "email.txt", "email.html", *TEXTS)
SHORT: tuple[Language, ...] = ("zh", "en")
LAYOUTS = "default"
WORDS = "words"
NOTICE_PART = "notice"
_NAMES = tuple(f"{part}.{short}" for part in PARTS for short in SHORT)
_KNOWN = {f"{part}.{short}.j2" for part in (WORDS, NOTICE_PART, *PARTS) for short in SHORT}
# A character of no script stands for the name while a letter is written once for everybody.
_OPEN = "\ue000"
_PROBE = "A & <b>王"


def message_ids(folder: Path) -> tuple[str, ...]:
    """The messages of a folder, by name alone."""
    return tuple(entry.name for entry in sorted(folder.iterdir()) if entry.is_dir() and entry.name != LAYOUTS)


class Message:
    """One message: its words in each language, and the layouts, its own or the shared ones."""

    def __init__(self, place: Path, layouts: Path) -> None:
        for stray in sorted({file.name for file in place.iterdir()} - _KNOWN):
            raise PackInvalid(
                place / stray,
                1,
                "",
                f"a message has no such part; its parts are {', '.join((WORDS, *PARTS))}.",
            )
        self.words: dict[Language, SayingFile] = {
            short: SayingFile(place / f"{WORDS}.{short}.j2", short) for short in SHORT
        }
        self.parts = {
            name: TemplateFile(own if (own := place / f"{name}.j2").exists() else layouts / own.name)
            for name in _NAMES
        }

    @property
    def sources(self) -> dict[str, str]:
        """The text of every template that the message is made of."""
        words = {f"{WORDS}.{short}": file.source for short, file in self.words.items()}
        return {name: file.source for name, file in self.parts.items()} | words


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

    def letter(self, message: str, channel: str, language: str, case: Case) -> Letter:
        """Write the message once for everybody of one channel and language; the name stays open."""
        found = self._messages[message]
        if channel not in {"email", *TEXTS}:
            raise KeyError(channel)
        short: Language = "zh" if language == LANGUAGES[0] else "en"
        values, _ = self._values(found, short, case)
        nameless = _written(found.parts, channel, short, {**values, "name": ""})
        named = _written(found.parts, channel, short, {**values, "name": _OPEN}, nameless)
        return named.drilled() if case.drill else named

    def _values(self, message: Message, language: Language, case: Case) -> tuple[dict[str, object], Said]:
        values: dict[str, object] = {**wording(case, language, self._contact)}
        said = message.words[language].said(values)
        return {**values, "said": said}, said

    def _try_out(self, message: str) -> None:
        """Write every letter as it would be sent, and prove that leaving the name open changes nothing."""
        found = self._messages[message]
        for case in SAMPLES:
            for language, short in zip(LANGUAGES, SHORT, strict=True):
                values, said = self._values(found, short, case)
                values["name"] = _PROBE
                for channel in ("email", *TEXTS):
                    words = self.letter(message, channel, language, case).to(_PROBE)
                    whole = _written(found.parts, channel, short, values)
                    if (words.text, words.html) != (whole.text[0], whole.html[0] if whole.html else None):
                        part = "email.txt" if channel == "email" else channel
                        raise PackInvalid(
                            found.parts[f"{part}.{short}"].path,
                            1,
                            "name",
                            "a template may print the name or ask whether there is one, and nothing else.",
                        )
                    self._see_whole(found, channel, short, whole, said)

    def _see_whole(self, message: Message, channel: str, short: Language, letter: Letter, said: Said) -> None:
        contact = self._contact.zh if short == "zh" else self._contact.en
        written = {"email.txt" if channel == "email" else channel: letter.text[0]}
        if letter.html:
            written["email.html"] = plain(letter.html[0])
        for part, text in written.items():
            for name in left_out(text, channel, said, contact):
                raise PackInvalid(
                    message.parts[f"{part}.{short}"].path,
                    1,
                    name,
                    "people must be told this, and the layout leaves it out: print "
                    f"{'contact' if name == CONTACT else f'said.{name}'}, all of it.",
                )


def _written(
    files: Mapping[str, TemplateFile],
    channel: str,
    language: Language,
    values: Mapping[str, object],
    nameless: Letter | None = None,
) -> Letter:
    text = files[f"{'email.txt' if channel == 'email' else channel}.{language}"].render(values).strip()
    if channel != "email":
        return Letter("", tuple(text.split(_OPEN)), nameless=nameless)
    html = files[f"email.html.{language}"].render(values).strip()
    subject = " ".join(files[f"subject.{language}"].render({**values, "name": ""}).split())
    return Letter(subject, tuple((text + "\n").split(_OPEN)), tuple(html.split(_OPEN)), nameless)


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
