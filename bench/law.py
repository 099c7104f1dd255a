"""How long the law takes to answer: one assessment by China's packs, one by all, and their loading.

Run: .venv/bin/python bench/law.py
"""

import statistics
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from domain.assessment import assess
from domain.organisation import Organisation
from domain.vocabulary import VOCABULARY, parse
from playbooks.loader import load_packs

AWARE = "2026-09-14T09:00:00+08:00"
ROUNDS = 500
GIVEN = {
    "aware_at": AWARE,
    "confirmed": True,
    "persons_affected": 1_204_331,
    "personal_information": "leaked",
    "harms_individuals": True,
    "crime_suspected": True,
    "cii_affected": False,
}
# Whom the law looks at, and the limit in milliseconds.
WHO = {
    "all CN packs": (["CN"], 2.0),
    "all jurisdictions": (list(VOCABULARY["jurisdictions"].values), 10.0),
}


def main() -> None:
    """Measure in this process alone; processor time, as other work may share the machine."""
    started = time.process_time()
    packs = load_packs()
    yaml = time.process_time() - started
    with tempfile.TemporaryDirectory() as folder:
        load_packs(cache=Path(folder))
        started = time.process_time()
        assert load_packs(cache=Path(folder)) == packs
        cached = time.process_time() - started
    size = sum(len(pack.model_dump_json().encode()) for pack in packs)
    print(f"packs: {len(packs)}, by value: {size / 1000:.0f} kB")
    print(f"loading: {yaml * 1000:.0f} ms from YAML, {cached * 1000:.0f} ms from the cache")
    print()
    print("| what | duties | first | best | median | p99 | limit |")
    print("|---|---|---|---|---|---|---|")
    for name, (jurisdictions, limit) in WHO.items():
        organisation = Organisation.read(
            {
                "province": "浙江",
                "state_organ": False,
                "handles_important_data": False,
                "sectors": ["other"],
                "jurisdictions": jurisdictions,
            }
        )
        taken, duties = measured(organisation, load_packs())
        median = statistics.median(taken)
        figures = (taken[0], min(taken), median, sorted(taken)[-ROUNDS // 100])
        told = " | ".join(f"{figure:.2f} ms" for figure in figures)
        print(f"| {name} | {duties} | {told} | {limit} ms, {'held' if median <= limit else 'broken'} |")


def measured(organisation: Organisation, packs: tuple) -> tuple[list[float], int]:
    """Ask again and again; the first asking also prepares what the packs keep."""
    facts = {name: parse(name, value, scope="incident") for name, value in GIVEN.items()}
    at = datetime.fromisoformat(AWARE) + timedelta(hours=1)
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        found = assess(packs, organisation, facts, at)
        taken.append((time.process_time() - started) * 1000)
    assert found.grade.at_least == "较大"
    return taken, len(found.duties)


if __name__ == "__main__":
    main()
