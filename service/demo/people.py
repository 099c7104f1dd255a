"""An audience for the demo: invented people on every channel, a few unreachable, a few rows broken."""

import csv
import random
from pathlib import Path
from typing import Final

ROWS: Final = 20_000
BROKEN: Final = 12
WITHOUT_CHANNEL: Final = 40
FEWEST: Final = 1_000
GREYLISTED: Final = ("customer140@example.com", "customer843@example.com")
"""Two mailboxes whose server wants to be asked a second time."""
_SEED: Final = 790
# What the people of each hundred have: both addresses, a mobile, a line that takes no text, a chat; or mail.
_BOTH: Final = range(8)
_MOBILE: Final = range(8, 16)
_LANDLINE: Final = range(16, 18)
_CHAT: Final = range(18, 23)
_SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
_NAMES: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英"
_BROKEN: Final = (
    {"email": "not-an-address"},
    {"phone": "12345"},
    {"email": "two@@example.com"},
    {"phone": "+86 999"},
    {"email": "name@", "phone": "none"},
    {"email": "@example.com"},
)


def write_people(path: Path, rows: int = ROWS) -> None:
    """Write the list: UTF-8, a header, then every kind of person in a fixed but mixed order.

    It has so many rows, `FEWEST` at the least; `BROKEN` of them are.
    """
    chance = random.Random(_SEED)  # noqa: S311 -- invented people, the same for every run
    people = [_person(chance, number) for number in range(rows - BROKEN - WITHOUT_CHANNEL)]
    people += [_row(chance, rows + number) for number in range(WITHOUT_CHANNEL)]
    people += [
        {**_row(chance, 2 * rows + number), **_BROKEN[number % len(_BROKEN)]} for number in range(BROKEN)
    ]
    chance.shuffle(people)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, fieldnames=["id", "name", "email", "phone", "im", "language"])
        table.writeheader()
        table.writerows(people)


def _row(chance: random.Random, number: int) -> dict[str, str]:
    name = chance.choice(_SURNAMES) + "".join(chance.sample(_NAMES, chance.choice((1, 2))))
    return {"id": f"C{number:06}", "name": name, "email": "", "phone": "", "im": "", "language": "zh"}


def _person(chance: random.Random, number: int) -> dict[str, str]:
    row, kind = _row(chance, number), number % 100
    if kind in _BOTH or kind in _MOBILE:
        row["phone"] = f"+86139{number:08}"
    elif kind in _LANDLINE:
        row["phone"] = f"+86571{80_000_000 + number}"
    elif kind in _CHAT:
        row["im"] = f"member{number}"
    if kind in _BOTH or kind > _CHAT[-1]:
        row["email"] = f"customer{number}@example.com"
    if number % 50 == 0:
        row["language"] = "en"
    return row
