"""How many text messages a text becomes at the gateway, and in which alphabet.

The GSM 7 bit default alphabet and its extension table are those of 3GPP TS 23.038, sections 6.2.1 and
6.2.1.1; the sizes of single and concatenated messages follow from TS 23.040, section 9.2.3.24.1.
"""

from typing import Literal, NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
SINGLE = {"GSM-7": 160, "UCS-2": 70}
JOINED = {"GSM-7": 153, "UCS-2": 67}
_ONE_WORD = 0xFFFF


class Segments(NamedTuple):
    """`units` are septets in GSM-7, and 16-bit words in UCS-2."""

    alphabet: Literal["GSM-7", "UCS-2"]
    units: int
    messages: int


def segments(text: str) -> Segments:
    """Count the messages that a text takes; no character is cut in two between them."""
    alphabet: Literal["GSM-7", "UCS-2"] = "GSM-7" if set(text) <= BASIC | EXTENDED else "UCS-2"
    wide = EXTENDED if alphabet == "GSM-7" else None
    sizes = [2 if (ord(each) > _ONE_WORD if wide is None else each in wide) else 1 for each in text]
    units = sum(sizes)
    if units <= SINGLE[alphabet]:
        return Segments(alphabet, units, 1)
    count, room = 1, JOINED[alphabet]
    for size in sizes:
        if size > room:
            count, room = count + 1, JOINED[alphabet]
        room -= size
    return Segments(alphabet, units, count)
