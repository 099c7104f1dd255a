"""The histories under test, recorded from real runs: `python -m tests.histories.recording`.

Each is one run of one workflow as the server keeps it, payloads encrypted with the key of this folder. The
key is a test's key, published here on purpose; it seals nothing but these histories, which name nobody.
"""

import asyncio
import base64
import gzip
import json
import secrets
import shutil
import tempfile
from pathlib import Path

from temporalio.client import WorkflowHistory

from domain import commands as c
from domain.ids import campaign_stream, clock_stream, incident_stream, referral_stream, shard_stream
from playbooks.loader import LAW
from service.place import cache_dir
from service.temporal import embedded
from tests.stories.case import FOUR_HOURS, OUTAGE, opened
from tests.stories.house import furnished, manned, playbook_with
from tests.stories.people import people
from tests.stories.short import opened_short
from tests.stories.wait import until
from tests.stories.work import announce, contain, recover, refer, report_to_everyone

FOLDER = Path(__file__).parent
KEY = FOLDER / "key.json"
# Enough law for every kind of duty, and little enough for small files.
PACKS = ("cn-ncirm", "cn-ndsr", "cn-d147")


def kept() -> dict[str, Path]:
    """The recorded histories by name."""
    return {file.name.removesuffix(".json.gz"): file for file in sorted(FOLDER.glob("*.json.gz"))}


def load(file: Path) -> WorkflowHistory:
    """Read one back."""
    found = json.loads(gzip.decompress(file.read_bytes()))
    return WorkflowHistory.from_json(found["workflow_id"], found["history"])


async def _keep(house, name: str, workflow: str, run: str | None = None) -> None:
    history = await house.client.get_workflow_handle(workflow, run_id=run).fetch_history()
    found = {"workflow_id": workflow, "history": json.loads(history.to_json())}
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # No time in the file: the same history is the same bytes.
    (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), mtime=0))


async def _continued(house) -> None:
    """An incident and a clock that continue as new, a lapse, and a duty met late."""
    case = await opened_short(house, 60)
    clock = clock_stream(case.incident, str(FOUR_HOURS))
    await case.leak(**OUTAGE)

    async def again():
        await case.advance(minutes=1)
        return len(await _runs(house, clock)) > 1

    await until(again)
    await case.advance(hours=5)
    await case.clock_until(lambda found: found.lapsed_at)
    await case.report(FOUR_HOURS)
    await house.client.get_workflow_handle(clock).result()
    for name, workflow in (("incident-continued", incident_stream(case.incident)), ("clock-lapsed", clock)):
        for number, run in enumerate((await _runs(house, workflow))[:2], start=1):
            await _keep(house, f"{name}-{number}", workflow, run)


async def _whole(house, folder: Path) -> None:
    """The main job to its close, with a campaign that was held and let go, and a withdrawn duty."""
    case = await opened(house)
    await case.leak()
    await case.facts(cii_affected=True)
    await case.facts(cii_affected=False)
    await case.withdraw_proposed()
    await contain(case)
    await report_to_everyone(case)
    audience = people(folder, phones=20, mails=30, without=2, broken=2)
    campaign = await case.tell(audience)
    await case.order(c.PauseNotification(campaign=campaign), "liaison")
    await case.order(c.ResumeNotification(campaign=campaign), "liaison")
    await announce(case)
    await case.all_sent(campaign)
    await refer(case)
    await recover(case)
    await case.facts(handling_ended_at=(await case.now()).isoformat())
    await case.advance(days=21)
    await case.waited(campaign)
    await report_to_everyone(case, "final", "ncirm-8")
    await case.close()
    await house.client.get_workflow_handle(incident_stream(case.incident)).result()
    await _keep(house, "incident-closed", incident_stream(case.incident))
    await _keep(house, "clock-met", clock_stream(case.incident, str(FOUR_HOURS)))
    await _keep(house, "campaign", campaign_stream(case.incident, campaign))
    await _keep(house, "shard", shard_stream(case.incident, campaign, 1))
    await _keep(house, "referral", referral_stream(case.incident, 1))


async def _runs(house, workflow: str) -> list[str]:
    found = [each async for each in house.client.list_workflows(f'WorkflowId = "{workflow}"')]
    return [each.run_id for each in sorted(found, key=lambda each: each.start_time)]


async def record(folder: Path) -> None:
    """Record everything anew; `folder` is for the run's own files."""
    for name in ("temporal", "house", "packs"):
        (folder / name).mkdir()
    for name in PACKS:
        shutil.copy(LAW / f"{name}.yaml", folder / "packs")
    if not KEY.exists():
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        KEY.write_text(
            json.dumps({"active": "histories", "keys": {"histories": key}}) + "\n", encoding="utf-8"
        )
    key = folder / "codec.json"
    key.write_bytes(KEY.read_bytes())
    key.chmod(0o600)
    changes = {
        "packs_dir": str(folder / "packs"),
        "codec_keys": str(key),
        "playbook": str(playbook_with(folder, canary=5)),
    }
    async with (
        embedded(folder / "temporal", cache_dir=cache_dir(), ui=False, say=print) as server,
        furnished(folder / "house", server.address, namespace="default", **changes) as house,
        manned(house),
    ):
        await _continued(house)
        await _whole(house, folder)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(record(Path(place)))
