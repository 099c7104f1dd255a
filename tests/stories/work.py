"""Pieces of the main job that more than one story does."""

from domain import commands as c


async def contain(case):
    """Do every step, and take one back once."""
    await case.order(c.AdvanceStep(step="preserve-evidence", to="done", note="images hashed"))
    await step(case, "isolate-source", "start", "done")
    await step(case, "isolate-source", "undo", "undone")
    await step(case, "isolate-source", "start", "done")
    await step(case, "revoke-access", "start", "done")
    await by_hand(case, "establish-scope", "stop-spread")


async def step(case, name, to, reached):
    await case.order(c.AdvanceStep(step=name, to=to))
    await case.until(lambda state: state.steps[name] == reached)


async def report_to_everyone(case, stage="initial", form="ncirm-7"):
    """One report for each authority that still waits for one."""
    state = await case.state()
    open_ = [d.key for d in state.duties.values() if d.by == "report" and not d.settled and d.terms.due_at]
    for authority in dict.fromkeys(key.authority for key in open_):
        await case.report(*(key for key in open_ if key.authority == authority), stage=stage, form=form)


async def refer(case):
    state = await case.state()
    duties = tuple(d.key for d in state.duties.values() if d.by == "referral" and not d.settled)
    await case.order(c.DraftReferral(authority="psb-county", duties=duties), "liaison")
    await case.agree("referral/1")
    await case.order(c.FileReferral(referral=1, channel="email"), "liaison")
    order = c.RecordReferralReceipt(referral=1, number="回执-0110", received_at=await case.now())
    await case.order(order, "liaison")


async def announce(case):
    await case.order(c.DraftAnnouncement(), "liaison")
    await case.agree("announcement/1")
    await case.order(c.PublishAnnouncement(announcement=1), "liaison")
    return await case.until(lambda state: state.announcements[1].path)


async def recover(case):
    await by_hand(case, "close-gap", "advise-individuals", "watch-for-misuse", "harden")
    await by_hand(case, "review", "archive-evidence")


async def by_hand(case, *names):
    for name in names:
        await case.order(c.AdvanceStep(step=name, to="done"))
