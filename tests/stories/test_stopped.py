"""A campaign of two workers stopped in mid-batch: who was told is proven, who was not is still owed it."""

import asyncio
import json
import sys
from pathlib import Path

from ruamel.yaml import YAML

from domain import commands as c
from domain.ids import campaign_stream, evidence_stream
from tests.stories.case import opened
from tests.stories.house import environment, furnished, manned, playbook_with
from tests.stories.people import people
from tests.stories.proof import prove
from tests.stories.test_killed import worker
from tests.stories.wait import until

ROOT = Path(__file__).parents[2]
BATCH = 1000
CHECK = ROOT / "docs" / "evidence" / "check_proof.py"


async def test_a_campaign_is_held_and_stopped_in_the_middle_of_a_batch(temporal, tmp_path):
    plan = playbook_with(tmp_path, canary=5, batch=BATCH, shard=4000, settle="PT1S")
    audience = people(tmp_path, phones=0, mails=8000, without=2)
    operators = {
        "analyst": {"roles": ["security"]},
        "officer": {"roles": ["lead", "evidence"]},
        "liaison": {"roles": ["legal", "privacy"]},
    }
    # Each worker carries one batch at a time, so that the two halves of the list go to two of them.
    changes = {"playbook": str(plan), "operators": operators, "workers": {"mail": 1}}
    async with furnished(tmp_path, temporal.address, namespace="stopped", **changes) as house:
        # One line and one command at a time: a batch that lasts long enough to be held in its middle.
        slow = {"connections": 1, "driver": "aiosmtplib"}
        email = house.settings.email.model_copy(update=slow)
        house.settings = house.settings.model_copy(update={"email": email})
        file = tmp_path / "tocsin.yaml"
        written = YAML(typ="safe").load(file)
        written["email"] |= slow
        YAML(typ="safe").dump(written, file)
        log = tmp_path / "worker.log"
        async with worker(house, log=log):

            async def working():
                return "Working" in log.read_text()

            await until(working, 60)
            await told_and_stopped(house, audience, tmp_path)


async def told_and_stopped(house, audience, tmp_path):
    async with manned(house):
        case = await opened(house, "live")
        await case.leak()
        number = await case.tell(audience)
        stream = campaign_stream(case.incident, number)
        deliveries = house.parts.memory.deliveries

        async def begun():
            # Both workers have a line, and more left on it than the canary.
            return house.world.mail.connections >= 2 and house.world.mail.counts()["recipients"] > 30

        await until(begun, 60)
        await case.order(c.PauseNotification(campaign=number), "liaison")

        async def still():
            counts = deliveries.counts(stream)
            held = "CampaignPaused" in case.types(stream)
            return counts if held and not counts.of("sending") else None

        held = await until(still, 30)
        assert 0 < held.of("due") < audience.total
        assert "CampaignSettled" not in case.types(stream)
        await case.order(c.StopNotification(campaign=number), "liaison", "the list is last year's")
        counts = await case.settled(number)
        told = counts["sent"]
        assert told == held.of("sent") == house.world.mail.counts()["recipients"]
        assert counts == {"sent": told, "due": 8000 - told, "unreachable": 2}
        state = await case.state()
        owed = [duty for duty in state.duties.values() if duty.by == "notify"]
        assert owed
        assert not any(duty.settled for duty in owed)
        assert case.types(stream)[-2:] == ["CampaignStopped", "CampaignSettled"]

        for person, stands in ((audience.mails[0], "sent"), (audience.mails[-1], "due")):
            bundle = await evidence(house, case, number, person, tmp_path / f"{stands}.json")
            assert bundle["row"]["state"] == stands
            assert bool(bundle["message"]) == (stands == "sent")
            if bundle["message"]:
                assert bundle["message"]["certain"]
            assert await ran(sys.executable, "-I", str(CHECK), str(tmp_path / f"{stands}.json")) == 0
        opened_by = [entry.line.actor for entry in house.ledger.read(evidence_stream(case.incident))]
        assert opened_by == ["officer", "officer"]
        # The domain of mail stands in the plan, with how many people it has; no person does.
        await prove(case, *audience.needles)


async def evidence(house, case, number, person, file):
    words = ("notify", "evidence", case.incident, str(number), "--person", person, "--as", "officer")
    code = await ran(
        *(sys.executable, "-m", "cli.main", *words, "--reason", "complaint 17", "--to", str(file)),
        env={**environment(house), "PYTHONPATH": str(ROOT)},
    )
    assert code == 0
    return json.loads(file.read_text())


async def ran(*words, env=None):
    process = await asyncio.create_subprocess_exec(
        *words, cwd=ROOT, env=env, stdout=asyncio.subprocess.DEVNULL
    )
    return await process.wait()
