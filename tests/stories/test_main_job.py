"""The main job, end to end: from the alert to the close, with the outside world's own counts."""

import hashlib
from datetime import timedelta

from domain import commands as c
from domain.ids import campaign_stream
from tests.stories.case import FOUR_HOURS
from tests.stories.people import people
from tests.stories.proof import prove
from tests.stories.work import announce, contain, recover, refer, report_to_everyone


async def test_the_main_job(house, case, tmp_path, caplog):
    before = Before(house.world)
    state = await case.leak()
    assert state.grade.value == "较大"
    terms = state.duties[str(FOUR_HOURS)].terms
    assert terms.legal
    assert terms.due_at - terms.clock_start == timedelta(hours=4)

    await contain(case)
    assert (await case.state()).phase == "contained"
    done = house.world.edr.carried_out - before.carried
    assert done == {"contain": 3, "release": 1}

    refused = await case.refused(c.CloseIncident(), "officer")
    assert refused.code == "still_owed"
    assert str(FOUR_HOURS) in refused.sentence

    number = await case.report(FOUR_HOURS, channel="email")
    assert (await case.clock_until(lambda clock: clock.settled)).settled.outcome == "met"
    assert (await case.state()).reports[number].receipt == f"R-{number}"
    await report_to_everyone(case)

    audience = people(tmp_path, phones=120, mails=170, without=7, broken=6)
    campaign = await case.tell(audience)
    await announce(case)
    await case.all_sent(campaign)
    await house.world.phone.settled()
    await refer(case)
    await recover(case)
    await case.facts(handling_ended_at=(await case.now()).isoformat())
    await case.advance(days=21)
    counts = await case.waited(campaign)
    assert counts == {"delivered": 120, "sent": 170, "unreachable": 7}
    everybody_once(house, case, campaign, audience, before)

    await report_to_everyone(case, "final", "ncirm-8")
    await case.close()
    assert (await case.until(lambda state: state.phase == "closed")).phase == "closed"
    handle = house.client.get_workflow_handle(f"incident/{case.incident}")
    assert await handle.result() == (await case.state()).version
    await prove(case, *audience.needles)
    assert not any(needle in caplog.text for needle in audience.needles)


class Before:
    """What the outside world had taken before: other stories of the session use it too."""

    def __init__(self, world):
        self.carried = world.edr.carried_out.copy()
        self.taken = world.mail.recipients.copy()
        self.called, self.mailed = len(world.phone.created), len(world.mail.mails)


def everybody_once(house, case, campaign, audience, before):
    """The counts add up, and what the servers took is what the rows say."""
    counts = house.parts.memory.deliveries.counts(campaign_stream(case.incident, campaign))
    planned = house.views.campaigns(case.incident)[0]
    assert counts.audience == audience.total == sum(tally.rows for tally in counts.tallies)
    assert counts.rejected == audience.broken
    assert planned.total == audience.total
    texts = [made.to for made in house.world.phone.created[before.called :]]
    assert sorted(texts) == sorted(audience.phones)
    taken = house.world.mail.recipients - before.taken
    assert all(taken[hashlib.sha256(mail.encode()).hexdigest()] == 1 for mail in audience.mails)
    mails = house.world.mail.mails[before.mailed :]
    to_people = [mail for mail in mails if mail.recipient.endswith("people.example")]
    assert len(to_people) == len(audience.mails)
