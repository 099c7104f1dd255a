"""A campaign that two workers carry at once, and a mail server that takes so much in a second and no more."""

import time

from tests.stories.case import opened
from tests.stories.house import furnished, manned, playbook_with
from tests.stories.people import people
from tests.stories.proof import prove
from tests.stories.test_killed import worker
from tests.windows import fullest

PER_SECOND, MAILS = 40, 300


async def test_two_workers_keep_a_campaign_to_what_the_mail_server_takes(temporal, tmp_path):
    plan = playbook_with(tmp_path, canary=5, batch=30, shard=75, settle="PT1S")
    audience = people(tmp_path, phones=0, mails=MAILS)
    changes = {"playbook": str(plan), "budgets": {"email": {"per_second": PER_SECOND}}}
    async with furnished(tmp_path, temporal.address, namespace="budget", **changes) as house:
        came = clocked(house.world.mail)
        async with manned(house), worker(house, log=tmp_path / "worker.log"):
            case = await opened(house, "live")
            await case.leak()
            counts = await case.settled(await case.tell(audience))
            assert sum(counts.values()) == counts["sent"] == MAILS
            assert len(came) == MAILS
            # That places lie apart is proven elsewhere; here a busy machine may read some messages late.
            assert fullest(came) < MAILS / 2
            assert came[-1] - came[0] > 0.9 * MAILS / PER_SECOND
            await prove(case, *audience.needles)


def clocked(mail):
    """When each message to the people of the list came."""
    came, take = [], mail.take

    def noted(taken):
        if taken.recipient.endswith("@people.example"):
            came.append(time.monotonic())
        take(taken)

    mail.take = noted
    return came
