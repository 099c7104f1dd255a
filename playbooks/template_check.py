"""What is wrong with a folder of messages, one by one; and what a gateway would stumble over."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from domain.kind import KINDS
from domain.letter import LANGUAGES
from domain.playbook import Words
from domain.segments import segments
from playbooks.checking import Remark
from playbooks.invalid import PackInvalid
from playbooks.message import SHORT
from playbooks.messages import SAMPLES, Messages, message_ids
from playbooks.notices import NOTICE, Notices

# Twilio's limit for a message's body: https://www.twilio.com/docs/glossary/what-sms-character-limit
MOST_SMS = 1600
# A long name, so that a text is not found too long only when it is sent.
LONG_NAME = "阿卜杜拉·买买提明·热合曼" * 2
_VISIBLE = "\n\t\u200d"


def check_messages(folder: Path, contact: Words, notice: Path = NOTICE) -> Iterator[Remark]:
    """Try every message of a folder out; an error for the first thing wrong with each, and warnings."""
    for name in message_ids(folder):
        try:
            messages = Messages(contact, folder, (name,))
            Notices(contact, notice, folder, (name,))
        except PackInvalid as wrong:
            yield Remark(error=True, said=wrong)
        else:
            yield from _unseen(folder / name)
            yield from _texts(messages, name)


def _unseen(place: Path) -> Iterator[Remark]:
    """Find characters that nobody sees: they turn words round, or make a gateway refuse them."""
    for file in sorted(place.glob("*.j2")):
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), start=1):
            for each in sorted({each for each in line if each not in _VISIBLE}):
                if unicodedata.category(each) in {"Cc", "Cf", "Co", "Cn"}:
                    sentence = f"U+{ord(each):04X} cannot be seen; take it out."
                    yield Remark(error=True, said=PackInvalid(file, number, "", sentence))


def _texts(messages: Messages, name: str) -> Iterator[Remark]:
    for language, short in zip(LANGUAGES, SHORT, strict=True):
        longest: dict[Path, str] = {}
        for kind in KINDS:
            file = messages.words(name, kind, short)
            for case in SAMPLES:
                text = messages.letter(name, "sms", language, case, kind).to(LONG_NAME).text
                longest[file] = max(longest.get(file, ""), text, key=len)
        for file, text in longest.items():
            yield from _text(file, text)


def _text(file: Path, text: str) -> Iterator[Remark]:
    if len(text) > MOST_SMS:
        count = segments(text).messages
        sentence = f"as a text message it has {len(text):,} characters ({count} segments)"
        sentence += f"; gateways take {MOST_SMS:,}."
        yield Remark(error=True, said=PackInvalid(file, 1, "short", sentence))
    if "【" in text[1:] or "】" in text.partition("】")[2]:
        sentence = "Chinese gateways take 【】 for the signature, which stands before the text."
        yield Remark(error=False, said=PackInvalid(file, 1, "short", sentence))
    if "://" in text or "www." in text:
        sentence = "gateways hold back text messages with a link; name where to look instead."
        yield Remark(error=False, said=PackInvalid(file, 1, "short", sentence))
