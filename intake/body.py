"""Strict JSON: what two readers could understand differently, or not at all, is refused with a code."""

import json
from math import isfinite
from typing import Final, TypeAlias

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"

MOST_DEPTH: Final = 64
MOST_NODES: Final = 50_000
MOST_DIGITS: Final = 32

_BOM: Final = b"\xef\xbb\xbf"


class Unreadable(Exception):  # noqa: N818  the word a person would say
    """A body that cannot be understood; `code` is documented, and nothing of the body is kept."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the body cannot be understood: {code}")
        self.code = code


def read(body: bytes) -> JSON:
    """Read one JSON text in UTF-8, with or without a byte order mark.

    At most 64 levels deep. At most 50,000 values; in a list, that many elements of that many values each.

    Raises:
        Unreadable: `empty`, `not_utf8`, `not_json`, `duplicate_key`, `not_finite`, `too_many_digits`,
            `lone_surrogate`, `too_deep` or `too_many_nodes`.

    """
    text = _text(body)
    if not text or text.isspace():
        raise Unreadable("empty")
    try:
        value: JSON = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError:
        raise Unreadable("too_deep") from None
    except ValueError:
        raise Unreadable("not_json") from None
    _see_shape(value)
    # Only a written-out escape can smuggle a lone surrogate past the decoding of the bytes.
    if "\\u" in text or "\\U" in text:
        _see_surrogates(value)
    return value


def _text(body: bytes) -> str:
    try:
        return body.removeprefix(_BOM).decode()
    except UnicodeDecodeError:
        raise Unreadable("not_utf8") from None


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    read_object = dict(pairs)
    if len(read_object) != len(pairs):
        raise Unreadable("duplicate_key")
    return read_object


def _constant(_: str) -> JSON:
    raise Unreadable("not_finite")


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise Unreadable("not_finite")
    return number


def _int(text: str) -> int:
    if len(text.lstrip("-")) > MOST_DIGITS:
        raise Unreadable("too_many_digits")
    return int(text)


def _see_shape(value: JSON) -> None:
    """Count level by level, without recursion; a list's elements are counted one by one."""
    if isinstance(value, list):
        if len(value) > MOST_NODES:
            raise Unreadable("too_many_nodes")
        for element in value:
            _see_one(element, MOST_DEPTH - 1)
    else:
        _see_one(value, MOST_DEPTH)


def _see_one(value: JSON, levels: int) -> None:
    nodes = 1
    level: list[JSON] = [value]
    while holders := [node for node in level if isinstance(node, dict | list)]:
        levels -= 1
        if levels < 0:
            raise Unreadable("too_deep")
        level = [child for node in holders for child in (node.values() if isinstance(node, dict) else node)]
        nodes += len(level)
        if nodes > MOST_NODES:
            raise Unreadable("too_many_nodes")


def _see_surrogates(value: JSON) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise Unreadable("lone_surrogate") from None
