"""An audience of invented people, with rows that are broken and people whom no channel reaches."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

BROKEN = ({"email": "not-an-address"}, {"phone": "12345"}, {"email": "two@@people.example"})


@dataclass(frozen=True)
class People:
    """Who stands in a list: those by text message, those by e-mail only, and how many by nothing."""

    file: Path
    phones: tuple[str, ...]
    mails: tuple[str, ...]
    without: int
    broken: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest()

    @property
    def total(self) -> int:
        return len(self.phones) + len(self.mails) + self.without

    @property
    def needles(self) -> tuple[str, ...]:
        return (*self.phones[:3], *self.mails[:3], "people.example", "受众")


def people(folder: Path, *, phones: int, mails: int, without: int = 0, broken: int = 0) -> People:
    """Write a list."""
    numbers = tuple(f"+86139{n:08}" for n in range(phones))
    addresses = tuple(f"person{n}@people.example" for n in range(mails))
    rows = [{"phone": number} for number in numbers]
    rows += [{"email": address} for address in addresses]
    rows += [{} for _ in range(without)]
    rows += [BROKEN[n % len(BROKEN)] for n in range(broken)]
    file = folder / "audience.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, fieldnames=["id", "name", "email", "phone", "language"], restval="")
        table.writeheader()
        table.writerows(
            {"id": f"C{n:05}", "name": f"受众{n}", "language": "zh", **row} for n, row in enumerate(rows)
        )
    return People(file, numbers, addresses, without, broken)
