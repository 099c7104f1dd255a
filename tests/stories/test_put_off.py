"""A large audience for its shards, and two mailboxes that greylist: the others are told meanwhile."""

from domain.ids import campaign_stream
from service.local_endpoints.smtp_fault import Fault, Stage
from tests.stories.case import opened
from tests.stories.house import furnished, manned, playbook_with
from tests.stories.people import people
from tests.stories.proof import prove
from tests.stories.wait import until
from workflows.campaign import MOST_SHARDS
from workflows.shard import Shard

SHARD, MAILS = 2, 240
# More shards of two than a campaign may have: each of them has two stretches.
STRETCHES = 2


async def test_who_is_put_off_is_told_when_the_server_takes_it_and_holds_nobody_up(temporal, tmp_path):
    assert MAILS > SHARD * MOST_SHARDS * (STRETCHES - 1)
    plan = playbook_with(tmp_path, channels=["email"], canary=5, batch=30, shard=SHARD, settle="PT1S")
    audience = people(tmp_path, phones=0, mails=MAILS)
    async with furnished(tmp_path, temporal.address, namespace="put-off", playbook=str(plan)) as house:
        mail = house.world.mail
        late = (audience.mails[2], audience.mails[SHARD * STRETCHES * 4])
        mail.faults.extend(
            Fault(Stage.RCPT, reply="451 4.7.1 greylisted", to=address, times=1) for address in late
        )
        async with manned(house):
            case = await opened(house)
            await case.leak()
            number = await case.tell(audience)
            stream = campaign_stream(case.incident, number)
            deliveries = house.parts.memory.deliveries

            async def others_told():
                counts = deliveries.counts(stream)
                waits = deliveries.waiting(stream, ("email",), 1, MAILS) is not None
                return waits and counts.of("due") == len(late) and counts.of("sent") == MAILS - len(late)

            await until(others_told, 60)
            shards = [f"{stream}/shard/{place}" for place in range(1, MAILS // SHARD // STRETCHES + 1)]

            async def others_over():
                handles = [house.client.get_workflow_handle_for(Shard.run, name) for name in shards]
                return sum([(await each.describe()).close_time is None for each in handles]) == len(late)

            await until(others_over, 60)
            # The list's people, and nobody of them twice; alarms go out to others.
            assert told(mail) == sorted(set(audience.mails) - set(late))
            await case.advance(minutes=5)
            counts = await case.settled(number)
            assert counts == {"sent": MAILS}
            assert told(mail) == sorted(audience.mails)
            rows = deliveries.page(stream, limit=MAILS)
            assert sorted(row.attempts for row in rows) == [1] * (MAILS - len(late)) + [2] * len(late)
            await prove(case, *audience.needles)


def told(mail):
    return sorted(taken.recipient for taken in mail.mails if taken.recipient.endswith("@people.example"))
