"""What goes wrong outside becomes an outcome that a person takes up, and never a hanging incident."""

from domain import commands as c
from domain.ids import campaign_stream
from service.local_endpoints.smtp_fault import Fault, Stage
from tests.stories.case import FOUR_HOURS, OUTAGE
from tests.stories.people import people
from tests.stories.proof import prove
from tests.stories.wait import until
from tests.stories.work import step
from workflows.campaign import Campaign


async def test_a_campaign_whose_first_messages_fail_holds_itself_until_a_person_decides(
    house, case, tmp_path
):
    fault = Fault(stage=Stage.RCPT, reply="550 5.7.1 not from you", to="people.example")
    house.world.mail.faults.append(fault)
    await case.leak()
    audience = people(tmp_path, phones=0, mails=30)
    try:
        number = await case.tell(audience)
        state = await case.until(lambda state: state.campaigns[number].wanted == "paused")
    finally:
        house.world.mail.faults.remove(fault)
    assert state.campaigns[number].settled is None
    stream = campaign_stream(case.incident, number)
    tried = house.parts.memory.deliveries.counts(stream)
    # The canary alone was tried: nobody else has lost a chance.
    assert sum(tally.rows for tally in tried.tallies if tally.state == "due") >= 26
    assert (await case.refused(c.StartNotification(campaign=number), "liaison")).code == "campaign_order"
    await case.order(c.ResumeNotification(campaign=number), "liaison")
    await case.all_sent(number)
    counts = await case.waited(number)
    assert counts == {"sent": 26, "unreachable": 4}
    assert case.types(stream).count("CampaignPaused") == 1
    await prove(case, *audience.needles)


async def test_a_pause_holds_between_two_batches_and_nobody_is_lost(house, case, tmp_path):
    await case.leak()
    audience = people(tmp_path, phones=0, mails=200)
    number = await case.tell(audience)
    handle = house.client.get_workflow_handle_for(Campaign.run, campaign_stream(case.incident, number))
    await case.order(c.PauseNotification(campaign=number), "liaison")

    async def held():
        return (await handle.query(Campaign.state)).doing == "paused"

    await until(held)
    deliveries, stream = house.parts.memory.deliveries, campaign_stream(case.incident, number)
    seen = []

    async def still():
        counts = deliveries.counts(stream)
        seen.append(sum(tally.rows for tally in counts.tallies if tally.state == "due"))
        return len(seen) > 8 and len(set(seen[-8:])) == 1

    await until(still)
    await case.order(c.ResumeNotification(campaign=number), "liaison")
    await case.all_sent(number)
    assert await case.waited(number) == {"sent": 200}
    await prove(case, *audience.needles)


async def test_a_report_that_its_authority_refuses_is_filed_by_hand(house, case):
    fault = Fault(stage=Stage.RCPT, reply="550 5.1.1 no such mailbox", to="cac-provincial")
    house.world.mail.faults.append(fault)
    try:
        await case.leak(**OUTAGE)
        await case.order(c.DraftReport(form="ncirm-7", duties=(FOUR_HOURS,)), "liaison")
        await case.agree("report/1")
        await case.order(c.FileReport(report=1, channel="email"), "liaison")
        state = await case.until(lambda state: state.reports[1].failed)
    finally:
        house.world.mail.faults.remove(fault)
    assert not state.reports[1].sent
    assert state.duties[str(FOUR_HOURS)].status == "open"
    await case.order(c.FileReport(report=1, channel="portal"), "liaison")
    await case.receipt(1)
    assert (await case.clock_until(lambda clock: clock.settled)).settled.outcome == "met"
    await prove(case)


async def test_an_action_that_is_refused_fails_its_step_and_a_person_does_it(house, case):
    await case.leak(**OUTAGE)
    house.world.edr.failing.append(403)
    await step(case, "isolate-source", "start", "failed")
    await case.order(c.AdvanceStep(step="isolate-source", to="done", note="pulled the plug"))
    house.world.edr.failing.append(403)
    carried = house.world.edr.carried_out.total()
    await step(case, "revoke-access", "start", "failed")
    await step(case, "revoke-access", "start", "done")
    assert house.world.edr.carried_out.total() == carried + 1
    assert (await case.refused(c.AdvanceStep(step="revoke-access", to="undo"))).code == "no_undo"
    await prove(case)


async def test_a_list_that_is_not_what_was_named_is_refused_and_planned_again(case, tmp_path):
    await case.leak()
    audience = people(tmp_path, phones=0, mails=3)
    state = await case.state()
    duties = tuple(d.key for d in state.duties.values() if d.by == "notify")
    plan = c.PlanNotification(
        audience=str(audience.file), sha256="0" * 64, message="data-leak", duties=duties
    )
    await case.order(plan, "liaison")
    state = await case.until(lambda state: state.campaigns[1].failed)
    assert state.campaigns[1].planned is None
    assert (await case.refused(c.StartNotification(campaign=1), "liaison")).code == "not_planned"
    number = await case.tell(audience)
    assert number == 2
    await case.all_sent(number)
    assert (await case.waited(number)) == {"sent": 3}
    await prove(case, *audience.needles)
