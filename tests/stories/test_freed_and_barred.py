"""What frees from a duty, whom it does not free from, and what bars the channels: never a person alone."""

from datetime import timedelta

from domain import commands as c
from domain.approval import fact_subject
from domain.facts import DutyKey
from tests.stories.case import FOUR_HOURS, LEAK
from tests.stories.people import people
from tests.stories.proof import prove
from tests.stories.typed import line, shown

INDIVIDUALS = DutyKey(duty="CN-PIPL-57-IND", authority="individuals")
AUTHORITY = DutyKey(duty="CN-PIPL-57-AUTH", authority="pi-protection-department")
GUARDIANS = DutyKey(duty="CN-MINOR-35", authority="minors-and-guardians")
OFFICES = DutyKey(duty="CN-MINOR-35", authority="cac-and-departments")
SECRECY = DutyKey(duty="CN-SECRET-24H", authority="secrecy-administration")
SUPERIOR = DutyKey(duty="CN-SECRET-24H", authority="superior-department")
HOUR = timedelta(hours=1)


def duty(state, key):
    return state.duties[str(key)]


async def leaked(case, **facts):
    """Confirm a leak that somebody became aware of a minute ago, to the second; give that instant."""
    aware = (await case.now()).replace(microsecond=0) - timedelta(minutes=1)
    await case.facts(**{**LEAK, **facts}, aware_at=aware.isoformat())
    await case.order(c.Triage(confirmed=True))
    await case.until(lambda s: all(d.armed for d in s.duties.values() if d.terms.due_at))
    return aware


async def two_persons_record(case, name):
    alone = await case.refused(c.RecordFacts(values={name: True}, basis="one person says so"))
    assert alone.code == "needs_second_person"
    await case.agree(fact_subject(name))
    assert (await case.refused(c.RecordFacts(values={name: True}), "officer")).code == "needs_second_person"
    await case.facts(**{name: True})
    return await case.state()


async def test_two_persons_free_from_telling_individuals_and_the_authority_is_still_told(case):
    aware = await leaked(case, harms_individuals=False)
    before = await case.state()
    assert duty(before, INDIVIDUALS).terms.answer == duty(before, AUTHORITY).terms.answer == "owed"

    state = await two_persons_record(case, "harm_avoided")
    assert duty(state, INDIVIDUALS).status == "proposed"
    assert "57(2)" in duty(state, INDIVIDUALS).terms.reason
    assert duty(state, AUTHORITY) == duty(before, AUTHORITY)
    said = await shown(case)
    assert "proposed" in line(said, str(INDIVIDUALS), "not owed")
    assert "open" in line(said, str(AUTHORITY), "owed")

    # Both ring at their hour: the one until two persons let it go, the other until it is done.
    await case.advance(hours=1)
    for key in (INDIVIDUALS, AUTHORITY):
        clock = await case.clock_until(lambda clock: clock.lapsed_at, key)
        assert (clock.lapsed_at, clock.settled) == (aware + HOUR, None)
    await case.withdraw_proposed()
    assert (await case.clock_until(lambda clock: clock.settled, INDIVIDUALS)).settled.outcome == "withdrawn"
    assert (await case.clock(AUTHORITY)).settled is None

    # The authority may order the notice: then the exemption is gone, and a new clock runs.
    await case.facts(authority_ordered_notice_at=(await case.now()).isoformat())
    again = INDIVIDUALS.model_copy(update={"n": 2})
    state = await case.until(lambda s: str(again) in s.duties and duty(s, again).armed)
    assert duty(state, again).terms.answer == "owed"
    assert duty(state, INDIVIDUALS).status == "withdrawn"
    await case.report(AUTHORITY, form="pipl-57")
    settled = await case.clock_until(lambda clock: clock.settled, AUTHORITY)
    # The law gives no hours, so none of its deadlines was missed; only our own target was.
    assert settled.settled.outcome == "met"
    await prove(case)


async def test_minors_their_guardians_are_told_and_the_authorities_too(case, tmp_path):
    aware = await leaked(case, minors=True)
    state = await case.state()
    for key, means in ((GUARDIANS, "notify"), (OFFICES, "report")):
        found = duty(state, key)
        assert (found.by, found.terms.answer) == (means, "owed")
        # The law says 立即: the hour is the playbook's own target.
        assert (found.terms.clock_start, found.terms.due_at) == (aware, aware + HOUR)
        assert not found.terms.legal
    assert "(target)" in line(await shown(case), str(GUARDIANS), "受影响的未成年人及其监护人")

    await case.report(OFFICES)
    assert (await case.clock_until(lambda clock: clock.settled, OFFICES)).settled.outcome == "met"
    assert duty(await case.state(), GUARDIANS).status == "open"

    # A list that the guardians stand on; the same people were not told for the other duties yet.
    audience = people(tmp_path, phones=0, mails=3)
    campaign = await case.tell(audience)
    await case.all_sent(campaign)
    assert await case.waited(campaign) == {"sent": 3}
    state = await case.until(lambda s: duty(s, GUARDIANS).settled)
    assert duty(state, GUARDIANS).evidence.reference == f"campaign/{campaign}"
    assert (await case.clock_until(lambda clock: clock.settled, GUARDIANS)).settled.outcome == "met"
    await prove(case, *audience.needles)


async def test_state_secrets_bar_the_channels_and_the_reporting_measure_rings_on(case):
    aware = await leaked(case)
    before = duty(await case.state(), FOUR_HOURS)
    assert before.terms.answer == "owed"

    await case.facts(state_secret_suspected=True)
    state = await case.until(lambda s: all(duty(s, key).armed for key in (SECRECY, SUPERIOR)))
    for key in (SECRECY, SUPERIOR):
        terms = duty(state, key).terms
        assert (terms.answer, terms.legal, terms.blocked) == ("owed", True, False)
        assert (terms.clock_start, terms.due_at) == (aware, aware + 24 * HOUR)
    doubtful = duty(state, FOUR_HOURS).terms
    assert (doubtful.answer, doubtful.due_at, doubtful.blocked) == ("unknown", aware + 4 * HOUR, True)
    assert "第十三条" in doubtful.reason
    barred = duty(state, AUTHORITY).terms
    assert (barred.answer, barred.blocked) == ("owed", True)
    said = await shown(case)
    assert "unknown" in line(said, str(FOUR_HOURS), "open")

    # Neither goes by an ordinary channel, whoever has agreed; the secrecy report's own way is open.
    await case.order(c.DraftReport(form="ncirm-7", duties=(FOUR_HOURS,)), "liaison")
    await case.agree("report/1")
    for channel in ("email", "portal"):
        refused = await case.refused(c.FileReport(report=1, channel=channel), "liaison")
        assert refused.code == "channel_blocked"
        assert "secrecy office" in refused.sentence
    await case.advance(hours=2)
    clock = await case.clock_until(lambda clock: 50 in clock.rung)
    assert (clock.due_at, clock.settled) == (aware + 4 * HOUR, None)
    await case.report(SECRECY, form="general", channel="in_person")
    assert (await case.clock_until(lambda clock: clock.settled, SECRECY)).settled.outcome == "met"
    assert (await case.clock(SUPERIOR)).settled is None

    state = await two_persons_record(case, "state_secret_confirmed")
    assert duty(state, FOUR_HOURS).status == "proposed"
    assert duty(state, FOUR_HOURS).terms.answer == "not_owed"
    assert duty(state, AUTHORITY).terms == barred
    assert duty(state, SUPERIOR).status == "open"
    await case.advance(hours=2)
    assert (await case.clock_until(lambda clock: clock.lapsed_at)).lapsed_at == aware + 4 * HOUR
    await case.agree(f"withdraw/{FOUR_HOURS}")
    await case.order(c.WithdrawDuties(duties=(FOUR_HOURS,)), "liaison")
    assert (await case.clock_until(lambda clock: clock.settled)).settled.outcome == "withdrawn"
    await prove(case)
