"""Facts that cannot be, and packs that do not hold: a sentence each at the real borders, nothing written."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from domain import commands as c
from domain.ids import incident_stream
from playbooks.loader import LAW
from tests.stories.case import FOUR_HOURS, LEAK
from tests.stories.proof import prove
from tests.stories.typed import typed

ROOT = Path(__file__).parents[2]


def written(case):
    return next(case.house.ledger.heads(incident_stream(case.incident))).version


async def refused(case, *facts, code, exit_code):
    """Type facts that cannot be; give the sentence, of which nothing may have been written."""
    before = written(case)
    words = ("fact", "set", case.incident, *facts, "--reason", "a slip")
    said = await typed(case.house, *words, by="analyst", code=exit_code)
    assert said.count("\n") == 1, said
    assert f"[{code}]" in said
    assert written(case) == before
    return said


async def test_facts_that_cannot_be_are_refused_with_a_sentence_and_nothing_is_written(case):
    await case.leak(**LEAK)
    tomorrow = (await case.now() + timedelta(days=1)).isoformat()
    said = await refused(case, f"occurred_at={tomorrow}", code="in_future", exit_code=1)
    assert "lies in the future" in said
    said = await refused(case, "persons_affected=-5", code="fact-negative", exit_code=2)
    assert "persons_affected" in said
    said = await refused(case, "people_hit=5", code="fact-unknown", exit_code=2)
    assert "people_hit" in said
    said = await refused(case, "site_outage=6 hours", code="fact-type", exit_code=2)
    assert "ISO 8601" in said
    said = await refused(case, "persons_affected=12k", code="fact-type", exit_code=2)
    assert "persons_affected" in said
    # One that cannot be takes those beside it along: an order is allowed whole or refused whole.
    await refused(case, "ransomware=true", "direct_loss_cny=-1", code="fact-negative", exit_code=2)
    assert (await case.state()).known("ransomware") is False

    await case.report(FOUR_HOURS)
    late = (await case.now() + timedelta(seconds=30)).isoformat()
    said = await refused(case, f"aware_at={late}", code="aware_after_report", exit_code=1)
    assert FOUR_HOURS.duty in said
    # The incident itself refuses them too, whoever asks past the command line.
    for values, code in (({"persons_affected": -5}, "fact-negative"), ({"people_hit": 5}, "fact-unknown")):
        assert (await case.refused(c.RecordFacts(values=values, basis="a slip"))).code == code
    await prove(case)


@pytest.mark.parametrize("command", [("up",), ("worker", "--queue", "all")], ids=lambda words: words[0])
async def test_the_engine_refuses_to_start_on_a_pack_that_does_not_hold(house, tmp_path, command):
    packs = tmp_path / "law"
    packs.mkdir()
    text = (LAW / "cn-minors.yaml").read_text(encoding="utf-8")
    broken = text.replace("{fact: minors, is: true}", "{fact: miners, is: true}")
    assert broken != text
    (packs / "cn-minors.yaml").write_text(broken, encoding="utf-8")
    number = next(n for n, row in enumerate(broken.splitlines(), 1) if "miners" in row)
    folder = house.settings.data_dir
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from cli.main import main; main()",
        *command,
        cwd=ROOT,
        env={
            "PATH": "",
            "PYTHONPATH": str(ROOT),
            "TOCSIN_CONFIG": str(folder / "tocsin.yaml"),
            "TOCSIN_DATA_DIR": str(tmp_path / "data"),
            "TOCSIN_PACKS_DIR": str(packs),
            # Where nothing answers: the law comes first, before any server is asked.
            "TOCSIN_TEMPORAL_ADDRESS": "127.0.0.1:1",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await process.communicate()
    said = complaint.decode()
    assert process.returncode == 6, said
    where = f"cn-minors.yaml:{number}: duties[CN-MINOR-35].trigger.all[3].fact: "
    assert f"{where}there is no fact called miners" in said
    assert said.count("\n") == 1, "one sentence"
