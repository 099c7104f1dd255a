"""The messages that people are told by: templates in a folder each, one file per channel and language."""

import hashlib
from collections.abc import Mapping
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
from playbooks.templating import TEMPLATES, TemplateFile

MESSAGES = TEMPLATES / "messages"
TEXTS = ("sms", "voice", "im")
PARTS = ("subject", "email.txt", "email.html", *TEXTS)
SHORT: tuple[Language, ...] = ("zh", "en")
# A character of no script stands for the name while a letter is written once for everybody.
_OPEN = "\ue000"
_PROBE = "A & <b>王"


class Messages:
    """Every message of a folder, compiled and tried out; implements `activities.letters.Letters`.

    Raises:
        PackInvalid: for the first template that does not hold, with file and line.

    """

    def __init__(self, contact: Words, folder: Path = MESSAGES) -> None:
        self._contact = contact
        self._files: dict[str, dict[str, TemplateFile]] = {}
        for place in sorted(entry for entry in folder.iterdir() if entry.is_dir()):
            self._files[place.name] = _read(place)
            self._try_out(place.name)

    @property
    def ids(self) -> tuple[str, ...]:
        """The messages there are."""
        return tuple(self._files)

    def digest(self, message: str) -> str:
        """SHA-256, in hex, over the message's templates and the contact they print."""
        sources = {name: file.source for name, file in self._files[message].items()}
        content = {"templates": sources, "contact": self._contact.model_dump()}
        return hashlib.sha256(canonical(content).encode()).hexdigest()

    def letter(self, message: str, channel: str, language: str, case: Case) -> Letter:
        """Write the message once for everybody of one channel and language; the name stays open."""
        files = self._files[message]
        if channel not in {"email", *TEXTS}:
            raise KeyError(channel)
        short: Language = "zh" if language == LANGUAGES[0] else "en"
        values: dict[str, object] = {**wording(case, short, self._contact)}
        nameless = _written(files, channel, short, {**values, "name": ""})
        named = _written(files, channel, short, {**values, "name": _OPEN}, nameless)
        return named.drilled() if case.drill else named

    def _try_out(self, message: str) -> None:
        """Write every letter as it would be sent, and prove that leaving the name open changes nothing."""
        for case in SAMPLES:
            for language, short in zip(LANGUAGES, SHORT, strict=True):
                values: dict[str, object] = {**wording(case, short, self._contact), "name": _PROBE}
                for channel in ("email", *TEXTS):
                    words = self.letter(message, channel, language, case).to(_PROBE)
                    written = (words.text, words.html)
                    whole = _written(self._files[message], channel, short, values)
                    if written != (whole.text[0], whole.html[0] if whole.html else None):
                        part = "email.txt" if channel == "email" else channel
                        raise PackInvalid(
                            self._files[message][f"{part}.{short}"].path,
                            1,
                            "name",
                            "a template may print the name or ask whether there is one, and nothing else.",
                        )


def _read(place: Path) -> dict[str, TemplateFile]:
    names = [f"{part}.{language}" for part in PARTS for language in SHORT]
    for stray in sorted({file.name for file in place.iterdir()} - {f"{name}.j2" for name in names}):
        raise PackInvalid(
            place / stray, 1, "", f"a message has no such part; its parts are {', '.join(PARTS)}."
        )
    return {name: TemplateFile(place / f"{name}.j2") for name in names}


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
