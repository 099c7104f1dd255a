"""`tocsin demo` as anybody would type it."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The demo is measured; the hundred commands that it types are measured where they are tested, one by one.
CHANNELS = ("sms", "voice", "im", "email")
PLAY = "import os; os.environ.pop('COVERAGE_PROCESS_CONFIG', None); from cli.main import main; main()"


async def tocsin(*words, folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    kept = {name: os.environ[name] for name in ("TOCSIN_CACHE_DIR",) if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PLAY,
        *words,
        cwd=ROOT,
        env={**environment, **kept, "PYTHONPATH": str(ROOT), "TOCSIN_DATA_DIR": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


@pytest.mark.timeout(400)
async def test_the_demo_goes_to_the_end_and_leaves_its_ledger(cache_dir, tmp_path):
    assert cache_dir
    code, said = await tocsin("demo", "--people", "1000", folder=tmp_path)
    assert code == 0, said[-4000:]
    # How long it takes stands in docs/performance.md: measured processes are slower ones.
    assert re.search(r"Done in \d+ s\.", said)
    assert "of 988 people nobody is missing" in said
    assert "told twice without a flag: 0" in said
    assert all(int(re.search(rf"{each} +told +(\d+)", said.replace(",", ""))[1]) for each in CHANNELS)
    incident = re.search(r"incident show (I-[A-Z2-7]{12})", said)[1]
    code, verified = await tocsin("ledger", "verify", folder=tmp_path)
    assert code == 0, verified
    code, shown = await tocsin("incident", "show", incident, folder=tmp_path)
    assert code == 0, shown
    assert "closed" in shown
