"""How long the law takes to answer: one assessment of the demo's incident by all packs, and their loading.

Run: .venv/bin/python bench/law.py
"""

import statistics
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from domain.assessment import assess
from domain.organisation import Organisation
from domain.vocabulary import parse
from playbooks.loader import load_packs

AWARE = "2026-03-01T09:00:00+08:00"
ROUNDS = 300
LIMIT_MS = 2.0


def main() -> None:
    """Measure in this process alone; processor time, as other work may share the machine."""
    started = time.process_time()
    packs = load_packs()
    loading = time.process_time() - started
    organisation = Organisation.read(
        {"province": "浙江", "state_organ": False, "handles_important_data": False, "sectors": ["other"]}
    )
    given = {
        "aware_at": AWARE,
        "confirmed": True,
        "persons_affected": 1_204_331,
        "personal_information": "leaked",
        "harms_individuals": True,
        "crime_suspected": True,
        "cii_affected": False,
    }
    facts = {name: parse(name, value, scope="incident") for name, value in given.items()}
    at = datetime.fromisoformat(AWARE) + timedelta(hours=1)
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        found = assess(packs, organisation, facts, at)
        taken.append((time.process_time() - started) * 1000)
    assert found.grade.at_least == "较大"
    size = sum(len(pack.model_dump_json().encode()) for pack in packs)
    print(f"packs: {len(packs)}, duties: {len(found.duties)}, by value: {size / 1000:.0f} kB")
    print(f"loading from YAML: {loading * 1000:.0f} ms")
    print(f"assess: median {statistics.median(taken):.2f} ms, p99 {sorted(taken)[-ROUNDS // 100]:.2f} ms")
    print(f"limit: {LIMIT_MS} ms, {'held' if statistics.median(taken) <= LIMIT_MS else 'broken'}")


if __name__ == "__main__":
    main()
