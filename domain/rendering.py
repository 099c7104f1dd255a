"""Facts in plain words, Chinese and English: what papers and messages print instead of values."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from domain.duration import elapsed
from domain.playbook import Words
from domain.term import UNKNOWN, Term
from domain.vocabulary import term_of

Language = Literal["zh", "en"]

# The law's hours are counted here, whatever machine renders.
PLACE = ZoneInfo("Asia/Shanghai")


def _words(zh: str, en: str) -> Words:
    return Words(zh=zh, en=en)


NOT_KNOWN = _words("尚不清楚", "not known yet")
_YES, _NO = _words("是", "yes"), _words("否", "no")
_NONE = _words("无", "none")
_CHOICES: Mapping[tuple[str, str], Words] = {
    ("kind", "incident"): _words("网络数据安全事件", "network data security incident"),
    ("kind", "vulnerability"): _words("安全缺陷、漏洞", "security defect or vulnerability"),
    ("personal_information", "possible"): _words(
        "可能泄露、篡改、丢失", "possibly leaked, tampered with or lost"
    ),
    ("personal_information", "leaked"): _words("泄露", "leaked"),
    ("personal_information", "tampered"): _words("被篡改", "tampered with"),
    ("personal_information", "lost"): _words("丢失", "lost"),
    ("site_class", "province_or_central"): _words("省级以上", "provincial or central"),
    ("site_class", "prefecture_or_enterprise"): _words(
        "地市级、企事业单位", "prefectural or of an enterprise"
    ),
    ("site_class", "other_site"): _words("其他", "other"),
    ("system_loss", "some"): _words("一定损失", "some"),
    ("system_loss", "considerable"): _words("较大", "considerable"),
    ("system_loss", "severe"): _words("严重", "severe"),
    ("system_loss", "particularly_severe"): _words("特别严重", "particularly severe"),
    ("spread_site_class", "province_or_central"): _words("省级以上、中央", "provincial or central"),
    ("spread_site_class", "very_large_platform"): _words("超大型网络平台", "very large platform"),
    ("spread_site_class", "prefecture"): _words("地市级以上", "prefectural"),
    ("spread_site_class", "large_platform"): _words("大型以上网络平台", "large platform"),
    ("spread_site_class", "other_site"): _words("其他", "other"),
}
_UNITS: Mapping[str, Words] = {"persons": _words(" 人", " persons"), "CNY": _words(" 元", " CNY")}
_GRADES: Mapping[str, str] = {
    "一般": "ordinary (一般)",
    "较大": "relatively serious (较大)",
    "重大": "serious (重大)",
    "特别重大": "particularly serious (特别重大)",
    "较严重": "relatively serious (较严重)",
    "严重": "serious (严重)",
    "特别严重": "particularly serious (特别严重)",
    "较大范围传播": "spread over a relatively large area (较大范围传播)",
    "大范围传播": "spread over a large area (大范围传播)",
    "特大范围传播": "spread over a very large area (特大范围传播)",
}


def said(name: str, value: JsonValue) -> Words:
    """Say a recorded value of the fact `name`, or of a map's key written `map.key`."""
    return Words(zh=_said(name, value, "zh"), en=_said(name, value, "en"))


def in_both(write: Callable[[Language], str]) -> Words:
    """Write the same thing once in each language."""
    return Words(zh=write("zh"), en=write("en"))


def joined(words: Iterable[Words]) -> Words:
    """Put several words into one sentence's list."""
    several = tuple(words)
    return Words(zh="；".join(each.zh for each in several), en="; ".join(each.en for each in several))


def moment(at: datetime, language: Language) -> str:
    """Say an instant in the time of the place of the law, to the minute, with its offset."""
    local = at.astimezone(PLACE)
    if language == "zh":
        return f"{local:%Y}年{local.month}月{local.day}日 {local:%H:%M}（北京时间）"
    return f"{local:%Y-%m-%d %H:%M} +08:00"


def moment_of(value: JsonValue, language: Language) -> str:
    """Say a recorded instant; nothing where none is known."""
    known = isinstance(value, str) and value != UNKNOWN
    return moment(datetime.fromisoformat(str(value)), language) if known else ""


def grade(name: str, language: Language) -> str:
    """Say a grade; the official Chinese name always stands beside the English."""
    return name if language == "zh" else _GRADES.get(name, name)


def _said(name: str, value: JsonValue, language: Language) -> str:
    if value == UNKNOWN or value is None:
        return _in(NOT_KNOWN, language)
    if isinstance(value, bool):
        return _in(_YES if value else _NO, language)
    term = term_of(name)
    if isinstance(value, list):
        parts = [_said(name, each, language) for each in value]
        return ("、" if language == "zh" else ", ").join(parts)
    if isinstance(value, dict):
        return _map(name, term, value, language)
    if term is None:
        return str(value)
    return _simple(term, value, language)


def _simple(term: Term, value: JsonValue, language: Language) -> str:
    text = str(value)
    match term.type:
        case "int" | "number":
            unit = _UNITS.get(term.unit or "")
            return _figure(term, text) + (_in(unit, language) if unit else "")
        case "instant":
            return moment(datetime.fromisoformat(text), language)
        case "duration":
            return _duration(elapsed(text), language)
        case "enum" | "list":
            if text == "none":
                return _in(_NONE, language)
            known = _CHOICES.get((term.name, text))
            return _in(known, language) if known else grade(text, language)
    return text


def _figure(term: Term, text: str) -> str:
    whole, dot, rest = text.partition(".")
    if term.unit == "share" or not whole.lstrip("-").isdecimal():
        return text
    return f"{int(whole):,}{dot}{rest}"


def _duration(length: timedelta, language: Language) -> str:
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    units = ("小时", "分钟", "秒") if language == "zh" else (" h", " min", " s")
    parts = [f"{n}{unit}" for n, unit in zip((hours, minutes, seconds), units, strict=True) if n]
    return ("" if language == "zh" else " ").join(parts) or f"0{units[1]}"


def _map(name: str, term: Term | None, value: Mapping[str, JsonValue], language: Language) -> str:
    if set(value) <= {"min", "max"} and value and (term is None or term.ranged):
        return _range(name, value, language)
    parts = []
    for key, each in value.items():
        inner = term_of(f"{name}.{key}")
        label = inner.zh if inner and inner.zh and language == "zh" else key.replace("_", " ")
        parts.append(f"{label} {_said(f'{name}.{key}', each, language)}")
    return ("；" if language == "zh" else "; ").join(parts) or _in(_NONE, language)


def _range(name: str, value: Mapping[str, JsonValue], language: Language) -> str:
    low, high = value.get("min"), value.get("max")
    zh = language == "zh"
    if high is None:
        return ("至少 " if zh else "at least ") + _said(name, low, language)
    if low is None:
        return ("至多 " if zh else "at most ") + _said(name, high, language)
    return _said(name, low, language) + (" 至 " if zh else " to ") + _said(name, high, language)


def _in(words: Words, language: Language) -> str:
    return words.zh if language == "zh" else words.en
