"""What a message may say of an incident, in words: never anything of the person who reads it."""

from typing import TypedDict

from pydantic import JsonValue

from domain.letter import Case
from domain.playbook import Words
from domain.rendering import Language, moment_of, said

_RISKY = frozenset({"possible", "leaked", "tampered", "lost"})


class Wording(TypedDict):
    """The values that message templates may name; a text is empty where nothing is known."""

    incident: str
    organisation: str
    when: str
    happened: str
    classes: str
    persons: str
    cause: str
    sensitive: bool
    minors: bool
    contact: str


def wording(case: Case, language: Language, contact: Words) -> Wording:
    """Put an incident's facts into the words of one language."""

    def value(name: str) -> JsonValue:
        known = case.facts.get(name)
        return None if known is None else known.value

    def text(name: str) -> str:
        held = value(name)
        words = said(name, held)
        return "" if held is None or held == "unknown" else _in(words, language)

    classes = value("records_affected")
    kinds = value("personal_information")
    chosen = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind in _RISKY]
    return Wording(
        incident=case.incident,
        organisation=case.organisation.name or "",
        when=moment_of(value("aware_at") or value("occurred_at"), language),
        happened=_in(said("personal_information", list(chosen)), language) if chosen else "",
        classes=("、" if language == "zh" else ", ").join(classes) if isinstance(classes, dict) else "",
        persons=text("persons_affected"),
        cause=_cause(value("ransomware"), value("illegal_access_found"), language),
        sensitive=value("sensitive_personal_information") is True,
        minors=value("minors") is True,
        contact=_in(contact, language),
    )


def _cause(ransomware: JsonValue, access: JsonValue, language: Language) -> str:
    if ransomware is True:
        return "遭受勒索软件攻击" if language == "zh" else "a ransomware attack"
    if access is True:
        return "遭受非法入侵" if language == "zh" else "an intrusion into our systems"
    return ""


def _in(words: Words, language: Language) -> str:
    return words.zh if language == "zh" else words.en
