"""A referral to the police: drawn up at once, sent when two persons say so, ended by the receipt."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from activities.refer import DraftDossier, Refer, SendDossier
from domain.commands import DossierWord, Heard
from domain.ids import idempotency_key, incident_stream, referral_stream
from domain.referral import (
    DossierDrafted,
    DossierFailed,
    DossierSent,
    ReferralBody,
    ReferralOrder,
    ReferralState,
    evolve_referral,
)
from workflows import options
from workflows.opening import ReferralOpening
from workflows.performing import duty_lines, why
from workflows.writing import write


@workflow.defn(name="Referral")
class Referral:
    """One report to the police and what becomes of it."""

    @workflow.init
    def __init__(self, opening: ReferralOpening) -> None:
        self._opening = opening
        self._order = opening.order
        stream = referral_stream(opening.incident, opening.number)
        self._state = ReferralState(stream=stream)

    @workflow.run
    async def run(self, opening: ReferralOpening) -> str:
        """Run until the receipt is there; return its number."""
        await self._draft(opening)
        while self._order.wanted != "ended":
            await workflow.wait_condition(self._asked)
            if self._order.wanted == "sent":
                await self._send(self._order)
        if self._order.receipt:
            await self._happen(self._order.receipt)
        return self._state.receipt.number if self._state.receipt else ""

    @workflow.signal
    def order(self, order: ReferralOrder) -> None:
        """Take what the incident wants of this referral."""
        self._order = order

    @workflow.query
    def state(self) -> ReferralState:
        """Show where the referral stands."""
        return self._state

    def _asked(self) -> bool:
        order = self._order
        return order.wanted == "ended" or (order.wanted == "sent" and order.attempt > self._state.attempt)

    def _now(self) -> datetime:
        return workflow.now() + self._order.offset

    async def _happen(self, *bodies: ReferralBody) -> None:
        await write(self._state, bodies, self._now(), "system:referral", self._fold)
        workflow.set_current_details(f"referral {self._opening.number} · {self._order.wanted}")

    def _fold(self, body: ReferralBody, version: int) -> None:
        self._state = evolve_referral(self._state, body, version)

    async def _say(self, word: DossierWord) -> None:
        handle = workflow.get_external_workflow_handle(incident_stream(self._opening.incident))
        try:
            await handle.signal("hear", Heard(component="referral", word=word))
        except ApplicationError:
            workflow.logger.info("the incident had ended before its referral")

    async def _draft(self, opening: ReferralOpening) -> None:
        try:
            drafted = await workflow.execute_activity_method(
                Refer.draft,
                DraftDossier(
                    incident=opening.incident,
                    number=opening.number,
                    form=opening.form,
                    authority=opening.authority,
                    duties=duty_lines(opening.duties),
                    facts=opening.facts,
                    organisation=opening.organisation,
                    grade=opening.grade,
                    opened_at=opening.opened_at,
                    severity=opening.severity,
                    steps=opening.steps,
                    at=self._now(),
                    drill=opening.drill,
                    done=opening.done,
                ),
                summary=f"draw up referral {opening.number}",
                **options.PUBLISH,
            )
        except ActivityError as fault:
            await self._happen(DossierFailed(code=why(fault), attempt=1))
            await self._say(DossierWord(referral=opening.number, code=why(fault)))
            return
        await self._happen(DossierDrafted(sha256=drafted.sha256, missing=drafted.missing))
        await self._say(
            DossierWord(referral=opening.number, sha256=drafted.sha256, missing=drafted.missing),
        )

    async def _send(self, order: ReferralOrder) -> None:
        if order.channel is None:
            return
        if order.channel != "email":
            await self._happen(DossierSent(channel=order.channel, attempt=order.attempt))
            return
        info = workflow.info()
        step = f"send/{order.attempt}"
        try:
            sent = await workflow.execute_activity_method(
                Refer.send,
                SendDossier(
                    incident=self._opening.incident,
                    number=self._opening.number,
                    authority=self._opening.authority,
                    sha256=self._state.sha256,
                    idempotency=idempotency_key(info.workflow_id, info.first_execution_run_id, step),
                    drill=self._opening.drill,
                ),
                summary=f"send referral {self._opening.number}",
                **options.FILE,
            )
        except ActivityError as fault:
            ok, code = False, why(fault)
        else:
            ok, code = sent.ok, sent.code
        if ok:
            await self._happen(DossierSent(channel=order.channel, attempt=order.attempt, code=code))
            return
        await self._happen(DossierFailed(code=code, attempt=order.attempt))
        await self._say(DossierWord(referral=self._opening.number, code=code))
