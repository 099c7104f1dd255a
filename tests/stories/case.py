"""One incident as its operators see it: orders, agreements, what came of them."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from domain import commands as c
from domain.approval import content
from domain.clock import ClockState
from domain.evolve_clock import fold_clock
from domain.fact import read
from domain.facts import DutyKey
from domain.ids import campaign_stream, clock_stream, incident_stream
from domain.refusal import Refused
from domain.state import State
from tests.stories.house import House, finding
from tests.stories.people import People
from tests.stories.wait import until
from workflows.campaign import Campaign
from workflows.clock import DutyClock

# What forensics found, and what it ruled out: without the latter the law could not tell yet.
LEAK = {
    "persons_affected": 1_204_331,
    "personal_information": "leaked",
    "sensitive_personal_information": False,
    "harms_individuals": True,
    "harms_organisations": False,
    "crime_suspected": True,
    "illegal_access_found": True,
    "cii_affected": False,
    "important_data": False,
    "core_data": False,
    "minors": False,
    "ransomware": False,
    "state_secret_suspected": False,
    "work_secret_suspected": False,
    "state_security_suspected": False,
    "system_loss": "none",
    "site_outage": "PT0S",
    "direct_loss_cny": 200_000,
    "life_affected_persons": 0,
    "key_system": False,
    "cause_known": True,
    "material_change_at": "unknown",
}
# An incident that hurts nobody in particular: few duties, and the four-hour one among them.
OUTAGE = {
    **LEAK,
    "persons_affected": 0,
    "personal_information": "none",
    "harms_individuals": False,
    "crime_suspected": False,
    "illegal_access_found": False,
    "grade_override": "较大",
}
FOUR_HOURS = DutyKey(duty="CN-NCIRM-4-OTHER", authority="cac-provincial")


@dataclass
class Case:
    """An incident of a house."""

    house: House
    incident: str

    async def order(self, order: c.Order, by: str = "analyst", reason: str = "a story", **more):
        return await self.house.desk.order(self.incident, order, operator=by, reason=reason, **more)

    async def refused(self, order: c.Order, by: str = "analyst", reason: str = "a story") -> Refused:
        taken = (await self.state()).nonces
        with pytest.raises(Refused) as told:
            await self.order(order, by, reason)
        assert (await self.state()).nonces == taken
        return told.value

    async def facts(self, **values):
        return await self.order(c.RecordFacts(values=values, basis="the story says so"))

    async def agree(self, subject: str, by: str = "officer"):
        """Agree to a subject's present content, once it has one."""

        async def there():
            return content(await self.state(), subject)

        return await self.order(c.Approve(subject=subject, sha256=await until(there)), by)

    async def advance(self, **time: float):
        return await self.order(c.AdvanceTime(by=timedelta(**time)), "officer")

    async def state(self) -> State:
        return await self.house.desk.state(self.incident)

    async def until(self, reached, seconds: float = 30) -> State:
        async def found():
            state = await self.state()
            return state if reached(state) else None

        return await until(found, seconds)

    async def now(self) -> datetime:
        return datetime.now(UTC) + (await self.state()).offset

    def told(self) -> list[str]:
        """Who got mail with this incident's name in its subject, once for each mail."""
        mails = (message_from_bytes(mail.content, policy=default) for mail in self.house.world.mail.mails)
        return [str(mail["to"]) for mail in mails if self.incident in str(mail["subject"])]

    def subjects(self, address: str) -> list[str]:
        """The subjects of the mails that somebody got about this incident."""
        mails = (message_from_bytes(mail.content, policy=default) for mail in self.house.world.mail.mails)
        return [
            str(mail["subject"])
            for mail in mails
            if mail["to"] == address and self.incident in str(mail["subject"])
        ]

    def folded_clock(self, key: DutyKey) -> ClockState:
        """Fold what the ledger holds of a clock."""
        stream = clock_stream(self.incident, str(key))
        facts = [read(entry.line) for entry in self.house.ledger.read(stream)]
        return fold_clock(ClockState(key=key, stream=stream), facts)

    def types(self, stream: str = "") -> list[str]:
        return [entry.line.type for entry in self.house.ledger.read(stream or incident_stream(self.incident))]

    async def clock(self, key: DutyKey = FOUR_HOURS) -> ClockState:
        handle = self.house.client.get_workflow_handle_for(
            DutyClock.run, clock_stream(self.incident, str(key))
        )
        return await handle.query(DutyClock.state)

    async def clock_until(self, reached, key: DutyKey = FOUR_HOURS, seconds: float = 30) -> ClockState:
        async def found():
            state = await self.clock(key)
            return state if reached(state) else None

        return await until(found, seconds)

    async def written(self, kind: str, stream: str = "", seconds: float = 30) -> None:
        async def found():
            return kind in self.types(stream)

        await until(found, seconds)

    async def leak(self, **other) -> State:
        """Record what forensics found, confirm, and put the plan in force."""
        await self.facts(**(other or LEAK))
        await self.facts(classified_at=(await self.now()).isoformat())
        await self.order(c.Triage(confirmed=True))
        await self.order(c.ActivatePlan(), "officer")
        return await self.until(lambda state: all(d.armed for d in state.duties.values() if d.terms.due_at))

    async def report(self, *keys: DutyKey, stage: str = "initial", form: str = "ncirm-7", channel="portal"):
        """Draft, agree, file and receipt one report."""
        await self.order(c.DraftReport(form=form, stage=stage, duties=keys), "liaison")
        number = max((await self.state()).reports)
        await self.agree(f"report/{number}")
        await self.order(c.FileReport(report=number, channel=channel), "liaison")
        await self.receipt(number, channel)
        return number

    async def receipt(self, number: int, channel: str = "portal"):
        at = await self.now()
        order = c.RecordReceipt(report=number, number=f"R-{number}", received_at=at, channel=channel)
        return await self.order(order, "liaison")

    async def tell(self, audience: People) -> int:
        """Plan a campaign for every open duty to tell people, agree, and start it."""
        state = await self.state()
        duties = tuple(d.key for d in state.duties.values() if d.by == "notify" and not d.settled)
        order = c.PlanNotification(
            audience=str(audience.file), sha256=audience.sha256, message="data-leak", duties=duties
        )
        await self.order(order, "liaison")
        number = max((await self.state()).campaigns)
        await self.agree(f"campaign/{number}")
        await self.order(c.StartNotification(campaign=number), "liaison")
        return number

    async def settled(self, number: int, seconds: float = 60) -> dict[str, int]:
        """Wait until a campaign is counted."""
        state = await self.until(lambda s: bool(s.campaigns[number].settled), seconds)
        return state.campaigns[number].settled.counts

    async def waited(self, number: int) -> dict[str, int]:
        """Let the time for receipts go by, and again if the campaign had not begun to wait for them."""

        async def over():
            await self.advance(minutes=11)
            return (await self.state()).campaigns[number].settled

        return (await until(over)).counts

    async def all_sent(self, number: int, seconds: float = 60) -> None:
        """Wait until nobody is due any more."""
        stream = campaign_stream(self.incident, number)
        handle = self.house.client.get_workflow_handle_for(Campaign.run, stream)
        deliveries = self.house.parts.memory.deliveries

        async def none_due():
            state = await handle.query(Campaign.state)
            tallies = deliveries.counts(stream).tallies
            busy = any(tally.rows for tally in tallies if tally.state in {"due", "sending"})
            return state.started and not busy

        await until(none_due, seconds)

    async def false_alarm(self) -> None:
        """End it quickly: decide, agree, close."""
        await self.order(c.Triage(confirmed=False))
        await self.withdraw_proposed()
        await self.close()

    async def withdraw_proposed(self) -> None:
        state = await self.state()
        keys = tuple(d.key for d in state.duties.values() if d.status == "proposed")
        for key in keys:
            await self.agree(f"withdraw/{key}")
        if keys:
            await self.order(c.WithdrawDuties(duties=keys), "liaison")

    async def close(self) -> None:
        await self.agree("close", "liaison")
        await self.order(c.CloseIncident(), "officer")


async def opened(house: House, source: str = "siem", external: str = "") -> Case:
    """Post an alert and wait for its incident."""
    body = finding(external or uuid.uuid4().hex)
    answer = await house.post(source, body)
    became = await house.became(answer["delivery"])
    assert became["status"] == "carried", became
    return Case(house, became["incidents"][0])
