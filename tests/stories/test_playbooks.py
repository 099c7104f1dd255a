"""Whole cases by the other playbooks: ransomware from its alert to the close, a vulnerability by hand."""

import asyncio
import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime

from domain import commands as c
from domain.alert import ByHand
from domain.evidence import Evidence
from domain.plan import plan
from playbooks.incident import PLAYBOOKS, load_playbook
from service.by_hand import Signal, open_by_hand
from tests.stories.case import OUTAGE, Case
from tests.stories.house import environment
from tests.stories.work import by_hand, step

RANSOM = {"amount": 50, "currency": "BTC", "method": "transfer", "date": "2026-11-20"}


async def settle_the_rest(case):
    """Have what is still owed done outside, each agreed to by a second person."""
    for duty in (await case.state()).duties.values():
        if duty.settled or duty.status == "proposed":
            continue
        await case.agree(f"settle/{duty.key}")
        now = await case.now()
        evidence = Evidence(means="record", reference="letter", number="R-1", at=now, by="analyst")
        await case.order(c.SettleDuty(duty=duty.key, evidence=evidence))
    await case.withdraw_proposed()


async def work_through(case, playbook):
    for each in playbook.worked:
        if each.mode == "automatic":
            await step(case, each.id, "start", "done")
        else:
            await by_hand(case, each.id)


async def test_ransomware_goes_by_its_own_plan_from_triage_to_close(case):
    playbook = load_playbook(PLAYBOOKS / "ransomware.yaml")
    await case.facts(**OUTAGE | {"ransomware": True, "ransom_demand": RANSOM})
    await case.order(c.Triage(confirmed=True, playbook=playbook), reason="files are encrypted")
    await case.order(c.ActivatePlan(), "officer")
    state = await case.state()
    assert state.playbook == playbook
    assert {"ransom-decision", "protect-backups", "restore-in-order"} <= set(state.steps)
    standing = {each.step.id: each for each in plan(state, playbook)}
    assert standing["report-cyberspace"].status == "owed"
    assert standing["report-cii"].status == "not_owed"
    refused = await case.refused(c.Triage(confirmed=True, playbook=load_playbook()))
    assert refused.code == "plan_in_force"
    await work_through(case, playbook)
    await case.facts(handling_ended_at=(await case.now()).isoformat())
    await settle_the_rest(case)
    state = await case.state()
    assert state.phase == "recovered"
    assert all(each.ended for each in plan(state, playbook))
    await case.close()
    assert (await case.state()).phase == "closed"


async def test_a_vulnerability_is_opened_by_hand_and_linked_to_what_it_came_from(case):
    house = case.house
    hand = ByHand(operator="analyst", basis="a finder's mail", kind="vulnerability", linked_to=case.incident)
    signal, nonce = Signal(at=datetime.now(UTC), severity=4, drill=True), uuid.uuid4().hex
    name = await open_by_hand(house.settings, hand, signal, nonce)
    assert await open_by_hand(house.settings, hand, signal, nonce) == name
    flaw = Case(house, name)
    playbook = load_playbook(PLAYBOOKS / "vulnerability.yaml")
    state = await flaw.state()
    assert (state.opened.playbook, state.links) == ("vulnerability", (case.incident,))
    await flaw.facts(national_security_or_public_interest=True)
    await flaw.order(c.Triage(confirmed=True))
    await flaw.order(c.ActivatePlan(), "officer")
    await work_through(flaw, playbook)
    await settle_the_rest(flaw)
    assert (await flaw.state()).phase == "recovered"
    await flaw.close()
    assert (await flaw.state()).phase == "closed"


async def typed(house, *words, code=0):
    """Type a command of an installation that runs; its answer as JSON, or what it said against it."""
    command = [sys.executable, "-m", "cli.main", *words, "-o", "json", "--as", "analyst"]
    ran = await asyncio.to_thread(
        subprocess.run, command, env=environment(house), capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stderr
    return json.loads(ran.stdout) if code == 0 else ran.stderr


async def test_a_case_is_opened_at_the_command_line_and_both_name_each_other(case):
    words = ("incident", "open", "--first-signal", "now", "--drill", "--linked-to", case.incident)
    told = await typed(case.house, *words, "--basis", "a customer called")
    state = await Case(case.house, told["incident"]).state()
    assert (state.opened.playbook, state.known("kind"), state.drill) == ("data-leak", "incident", True)
    assert (await case.state()).links == (told["incident"],)
    assert told["note"] == ""
    mistaken = ("--basis", "a mail", "--kind", "incident", "--playbook", "vulnerability")
    assert "say --kind vulnerability" in await typed(case.house, *words, *mistaken, code=2)
    late = ("incident", "open", "--first-signal", "2999-01-01T00:00:00Z", "--basis", "a call")
    assert "lies in the future" in await typed(case.house, *late, code=1)
    absent = ("incident", "open", "--first-signal", "now", "--basis", "a", "--linked-to", "I-AAAAAAAAAAAA")
    assert "I-AAAAAAAAAAAA" in await typed(case.house, *absent, code=3)
