"""The demo's script: a leak of 1,204,331 people's data, from the alert to the close."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from service.demo.alert import body, post
from service.demo.operator import Operators, Say
from service.demo.stage import Stage

ANALYST: Final = "analyst"
OFFICER: Final = "officer"
LIAISON: Final = "liaison"

# What the forensics team found; what is ruled out is said too, or the law could not tell yet.
FACTS: Final = (
    "persons_affected=1204331 personal_information=leaked sensitive_personal_information=false "
    "harms_individuals=true harms_organisations=false crime_suspected=true illegal_access_found=true "
    "cii_affected=false important_data=false core_data=false minors=false ransomware=false "
    "state_secret_suspected=false work_secret_suspected=false state_security_suspected=false "
    "system_loss=none site_outage=PT0S direct_loss_cny=200000 life_affected_persons=0 key_system=false "
    "cause_known=true"
)
# More than the two mailboxes that greylist and the texts that a provider put off without saying how long.
_PUT_OFF: Final = 50
_TARGET: Final = "CN-CSL-27"
# How often receipts are waited for at the most, and for how long before the drill's time is moved.
_ROUNDS: Final = 6
_ROUND_S: Final = 6.0


class Script:
    """Plays the scenes in order; every command is one that a person would type."""

    def __init__(self, stage: Stage, door: str, say: Say) -> None:
        self._stage = stage
        self._door = door
        self._say = say
        self._people = Operators(stage, say)
        self._incident = ""

    async def play(self) -> str:
        """Play everything and return the incident's id.

        Raises:
            DemoFailed: something did not go as written.

        """
        await self._alert()
        await self._triage()
        await self._contain()
        await self._alarm()
        await self._report()
        await self._tell()
        await self._refer()
        await self._close()
        await self._prove()
        return self._incident

    def _scene(self, title: str) -> None:
        self._say(f"\n== {title}")

    async def _type(self, words: str, by: str = "", expect: int = 0) -> str:
        return await self._people.type(words, by=by, expect=expect)

    async def _state(self) -> Any:  # noqa: ANN401 -- the JSON of `incident show`
        return await self._people.ask(f"incident show {self._incident}")

    async def _agree(self, subject: str, by: str) -> None:
        await self._type(f"approve {self._incident} {subject}", by=by)

    async def _alert(self) -> None:
        self._scene("03:00 The SIEM posts a signed alert")
        answer = await post(self._door, self._stage.secret, body())
        self._say(f"POST {self._door}/alerts/siem-demo -> {answer}")
        found = await self._people.until("incident list", bool, 15)
        self._incident = found[0]["incident"]
        await self._type("incident list")
        await self._type(f"incident show {self._incident}")

    async def _triage(self) -> None:
        name = self._incident
        self._scene("The analyst records what is known; the law answers")
        occurred = (datetime.now(UTC) - timedelta(hours=2)).isoformat(timespec="seconds")
        facts = f"{FACTS} occurred_at={occurred}"
        await self._type(f"fact set {name} {facts} --basis 'database audit log'", ANALYST)
        await self._type(f"fact set {name} classified_at=now --basis 'graded by the guide, limb Q5'", ANALYST)
        await self._type(f"triage {name} --confirmed --reason 'audit log and honey row agree'", ANALYST)
        await self._type(f"activate {name}", OFFICER)
        await self._type(f"clock list {name}")

    async def _contain(self) -> None:
        name = self._incident
        self._scene("Containment: called, taken back once, called again")
        await self._type(f"step advance {name} preserve-evidence done --note 'images hashed'", ANALYST)
        await self._type(f"step advance {name} isolate-source start", ANALYST)
        await self._type(f"step advance {name} isolate-source undo --reason 'wrong host first'", ANALYST)
        await self._type(f"step advance {name} isolate-source start", ANALYST)
        await self._type(f"step advance {name} revoke-access start", ANALYST)
        await self._type(f"step show {name} stop-spread")
        for step in ("stop-spread", "establish-scope"):
            await self._type(f"step advance {name} {step} done", ANALYST)
        await self._type(f"step list {name}")

    async def _alarm(self) -> None:
        name = self._incident
        self._scene("Half of an hour that is our own target is gone: its alarm climbs until somebody answers")
        await self._type(f"time advance {name} PT31M", OFFICER)
        await self._people.until(f"clock list {name}", _rung, 30)
        await self._type(f"clock ack {name} {_TARGET}", OFFICER)

    async def _report(self) -> None:
        name = self._incident
        self._scene("The four-hour report: drafted, agreed, filed; the receipt alone stops the clock")
        await self._type(f"report draft {name} CN-NCIRM-4-OTHER", LIAISON)
        await self._type(f"report show {name} 1")
        await self._type(f"report file {name} 1 --channel email", LIAISON, expect=1)
        await self._agree("report/1", OFFICER)
        reason = "--reason 'what is missing follows in the supplement'"
        await self._type(f"report file {name} 1 --channel email {reason}", LIAISON)
        await self._type(f"report receipt {name} 1 --number 浙网信收-2026-0790", LIAISON)
        await self._type(f"clock list {name}")
        self._scene("The other authorities, one report each")
        await self._type(f"report draft {name} --all-authorities", LIAISON)
        await self._file_rest()
        self._scene("What was missing follows in a supplement")
        await self._type(f"fact set {name} persons_affected=1204376 --basis 'second count'", ANALYST)
        await self._type(f"report draft {name} CN-NCIRM-4-OTHER --stage supplement", LIAISON)
        await self._file_rest()

    async def _file_rest(self) -> None:
        name = self._incident
        for report in await self._people.ask(f"report list {name}"):
            number = report["number"]
            if report["receipt"]:
                continue
            await self._agree(f"report/{number}", OFFICER)
            reason = "--reason 'no fact covers the rest yet'"
            await self._type(f"report file {name} {number} --channel portal {reason}", LIAISON)
            await self._type(f"report receipt {name} {number} --number 回执-{number:03}", LIAISON)

    async def _tell(self) -> None:
        name = self._incident
        self._scene("Everyone affected is told; who cannot be reached reads the announcement")
        await self._type(f"notify plan {name} {self._stage.audience}", LIAISON)
        await self._agree("campaign/1", OFFICER)
        await self._type(f"notify start {name} 1 --no-wait", LIAISON)
        await self._type(f"announce draft {name}", LIAISON)
        await self._agree("announcement/1", OFFICER)
        await self._type(f"announce publish {name} 1", LIAISON)
        await self._people.until(f"notify status {name}", _nearly_all, 120)
        await self._type(f"notify status {name}")
        self._scene("Five minutes later: two mailboxes that greylist are asked again, as the provider is")
        await self._type(f"time advance {name} PT5M", OFFICER)
        self._scene("Twenty minutes later: whom a text did not reach is called, or written to")
        await self._let_receipts_come(_none_bounced)
        await self._type(f"notify status {name}")

    async def _let_receipts_come(self, reached: Callable[[Any], bool]) -> None:
        """Let the time for receipts go by; once more for those that a further channel brings.

        Raises:
            DemoFailed: the campaign did not come to that.

        """
        status = f"notify status {self._incident}"
        for _ in range(_ROUNDS):
            if await self._people.reached(status, reached, _ROUND_S):
                return
            await self._type(f"time advance {self._incident} PT20M", OFFICER)
        await self._people.until(status, reached, 60)

    async def _refer(self) -> None:
        name = self._incident
        self._scene("The police")
        await self._type(f"refer draft {name} --to psb-county", LIAISON)
        await self._agree("referral/1", OFFICER)
        reason = "--reason 'the rest is handed over in person'"
        await self._type(f"refer file {name} 1 --channel in_person {reason}", LIAISON)
        await self._type(f"refer receipt {name} 1 --number 公安报案回执-0110", LIAISON)

    async def _close(self) -> None:
        name = self._incident
        self._scene("Closing is refused while something is owed, and says what settles it")
        await self._type(f"close {name} --reason 'all done?'", OFFICER, expect=1)
        for step in ("close-gap", "advise-individuals", "watch-for-misuse", "harden"):
            await self._type(f"step advance {name} {step} done", ANALYST)
        self._scene("Three weeks later (a drill moves its own time): the final report")
        await self._type(f"fact set {name} handling_ended_at=now --basis 'systems restored'", ANALYST)
        await self._type(f"time advance {name} P21D", OFFICER)
        await self._let_receipts_come(_settled)
        await self._type(f"notify status {name}")
        await self._type(f"report draft {name} --all-authorities --stage final", LIAISON)
        await self._file_rest()
        for step in ("review", "archive-evidence"):
            await self._type(f"step advance {name} {step} done", OFFICER)
        await self._agree("close", LIAISON)
        await self._type(f"close {name} --reason 'every duty settled'", OFFICER)

    async def _prove(self) -> None:
        self._scene("The record")
        await self._type("ledger verify")
        await self._type(f"incident show {self._incident} --timeline 5")


def _rung(clocks: Any) -> bool:  # noqa: ANN401 -- the JSON of `clock list`
    return any(clock["key"].startswith(_TARGET) and clock["alarm"] for clock in clocks)


def _nearly_all(campaigns: Any) -> bool:  # noqa: ANN401 -- the JSON of `notify status`
    counts = campaigns[0]["counts"]
    return bool(counts.get("sent")) and not counts.get("sending") and counts.get("due", 0) <= _PUT_OFF


def _all_sent(campaigns: Any) -> bool:  # noqa: ANN401 -- the JSON of `notify status`
    counts = campaigns[0]["counts"]
    return not any(counts.get(state) for state in ("due", "sending"))


def _none_bounced(campaigns: Any) -> bool:  # noqa: ANN401 -- as above
    return _all_sent(campaigns) and not campaigns[0]["counts"].get("bounced")


def _settled(campaigns: Any) -> bool:  # noqa: ANN401 -- as above
    return bool(campaigns[0]["settled"])
