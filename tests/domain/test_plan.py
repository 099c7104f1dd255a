"""The plan as a whole: the steps people move, and the ones that follow the duties they serve."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain import commands as c
from domain.closing import blockers
from domain.evidence import Evidence
from domain.next_action import next_action
from domain.plan import plan
from domain.playbook import Means, Playbook, Step, Words
from playbooks.incident import load_playbook

TITLE = Words(zh="步骤", en="step")


@pytest.fixture(scope="session")
def ransomware():
    return load_playbook(Path("playbooks/incident/ransomware.yaml"))


@pytest.fixture(scope="session")
def vulnerability():
    return load_playbook(Path("playbooks/incident/vulnerability.yaml"))


def serving(playbook, *serves, name="follows", within=None, mode="duty"):
    step = Step(
        id=name, phase="reporting", mode=mode, title=TITLE, owner="legal", serves=serves, within=within
    )
    return playbook.model_copy(update={"steps": (*playbook.steps, step)})


def standing(case, name):
    (found,) = [each for each in plan(case.state, case.book.playbook) if each.step.id == name]
    return found


def settle(case, *keys):
    for key in keys:
        case.agree(f"settle/{key}")
        evidence = Evidence(means="record", reference="letter", number="1", at=case.now, by="ana")
        case.do(c.SettleDuty(duty=key, evidence=evidence))


@pytest.mark.parametrize(
    ("rivals", "wins"),
    [
        (("CN-X-1", "CN-X-*"), 0),
        (("CN-*", "CN-X-*"), 1),
        (("CN-X-1", "CN-X-1/report"), 1),
        (("CN-X-1/notify", "CN-*"), 1),
        ((Means(by="report"), "CN-*"), 1),
        ((Means(by="notify"), Means(by="report", jurisdictions=("CN",))), 1),
        ((Means(by="report", jurisdictions=("EU",)), Means(by="report")), 1),
        (("CN-X-1", "CN-X-1"), 0),
        (("CN-X-10", Means(by="notify"), "GRADING"), None),
    ],
)
def test_the_step_that_names_a_duty_most_exactly_serves_it(rivals, wins):
    playbook = load_playbook().model_copy(update={"steps": ()})
    for number, served in enumerate(rivals):
        playbook = serving(playbook, served, name=f"step-{number}")
    found = playbook.serving("CN-X-1", "report")
    assert (found.id if found else None) == (None if wins is None else f"step-{wins}")


def test_no_means_serve_the_decision_itself():
    playbook = load_playbook().model_copy(update={"steps": ()})
    assert serving(playbook, Means(by="record")).serving("GRADING", "record") is None
    assert serving(playbook, "GRADING").serving("GRADING", "record") is not None


def test_a_duty_step_follows_its_duties_and_nobody_moves_it(opened):
    assert standing(opened, "triage").status == "owed"
    assert standing(opened, "preserve-evidence").status == "planned"
    opened.do(c.Triage(confirmed=True))
    assert standing(opened, "triage").status == "done"
    opened.know(persons_affected=1_204_331, personal_information="leaked", cii_affected=False)
    assert standing(opened, "activate-plan").status == "owed"
    opened.do(c.ActivatePlan())
    assert standing(opened, "activate-plan").status == "done"
    assert "activate-plan" not in opened.state.steps
    report = standing(opened, "report-cyberspace")
    assert (report.status, report.ended) == ("owed", False)
    assert report.due_at == opened.duty("CN-NCIRM-4-OTHER").terms.due_at
    settle(opened, *report.duties)
    assert standing(opened, "report-cyberspace").status == "done"
    assert standing(opened, "report-secrecy").status in {"owed", "not_owed"}
    assert standing(opened, "refer-abroad").ended


def test_a_step_of_ones_own_has_its_own_time_until_it_is_ended(leak):
    scope = standing(leak, "establish-scope")
    assert (scope.status, scope.due_at) == ("waiting", leak.state.activated_at + timedelta(hours=2))
    leak.do(c.AdvanceStep(step="establish-scope", to="done"))
    assert standing(leak, "establish-scope").due_at is None
    assert standing(leak, "close-gap").due_at is None


def test_whose_a_duty_is_says_the_step_that_serves_it(opened):
    opened.do(c.Triage(confirmed=True))
    opened.do(c.ActivatePlan())
    for name in opened.state.steps:
        opened.do(c.AdvanceStep(step=name, to="skip"))
    playbook = opened.book.playbook
    mine = playbook.model_copy(
        update={
            "steps": tuple(
                step.model_copy(update={"owner": "desk"}) if step.mode == "duty" else step
                for step in playbook.steps
            )
        }
    )
    assert next_action(opened.state, opened.now, mine).owner == "desk"
    nobody = playbook.model_copy(update={"steps": playbook.worked})
    assert next_action(opened.state, opened.now, nobody).owner in {"legal", "privacy", "lead"}


def test_the_harm_is_stopped_before_it_is_measured_and_what_looks_back_comes_last(leak):
    settle(leak, *(key for by in ("report", "notify", "referral", "record") for key in leak.open(by)))
    order = []
    while (
        action := next_action(leak.state, leak.now, leak.book.playbook)
    ) and "step advance" in action.command:
        step = action.command.split()[4]
        order.append(leak.book.playbook.step(step).phase)
        leak.do(c.AdvanceStep(step=step, to="skip"))
    assert order == sorted(order, key=["containment", "assessment", "recovery", "closing"].index)
    assert set(order) == {"containment", "assessment", "recovery", "closing"}


def test_what_was_never_done_stands_before_the_close_though_all_is_recovered(leak):
    settle(leak, *(key for by in ("report", "notify", "referral", "record") for key in leak.open(by)))
    for step in leak.book.playbook.worked:
        if step.phase in {"containment", "recovery"}:
            leak.do(c.AdvanceStep(step=step.id, to="skip"))
    assert leak.state.phase == "recovered"
    left = {item.what for item in blockers(leak.state)}
    assert {"step establish-scope is waiting", "step review is waiting"} <= left
    leak.do(c.AdvanceStep(step="review", to="failed"))
    assert "step review is failed" in {item.what for item in blockers(leak.state)}
    for name in ("establish-scope", "review", "archive-evidence"):
        leak.do(c.AdvanceStep(step=name, to="skip"))
    assert not [item for item in blockers(leak.state) if item.what.startswith("step")]


@pytest.mark.parametrize(
    ("within", "length"), [(timedelta(minutes=20), timedelta(minutes=20)), (None, timedelta(days=1))]
)
def test_a_duty_without_a_number_runs_to_the_steps_own_time_where_it_has_one(new_case, within, length):
    case = new_case()
    playbook = case.book.playbook
    steps = tuple(
        step.model_copy(update={"within": within}) if step.id == "report-competent" else step
        for step in playbook.steps
    )
    case.book = case.book.model_copy(update={"playbook": playbook.model_copy(update={"steps": steps})})
    case.observe(case.alert())
    case.do(c.Triage(confirmed=True))
    duty = case.duty("CN-NDSR-11-REPORT")
    assert duty.terms.due_at == duty.terms.clock_start + length
    assert not duty.terms.legal


def test_another_playbook_is_gone_by_with_a_reason_until_the_plan_is_in_force(opened, ransomware):
    order = c.Triage(confirmed=True, playbook=ransomware)
    assert opened.no(order, why="") == "needs_reason"
    assert opened.do(order)[0] == "PlaybookChosen"
    assert opened.state.playbook == ransomware
    assert "PlaybookChosen" not in opened.do(c.ActivatePlan(playbook=ransomware)), "it is gone by already"
    assert "ransom-decision" in opened.state.steps
    assert opened.do(c.AdvanceStep(step="protect-backups", to="done")) == ["StepDone"]
    assert opened.no(c.Triage(confirmed=True, playbook=opened.book.playbook)) == "plan_in_force"


def test_a_playbook_is_for_its_kind_of_case(opened, vulnerability):
    assert opened.no(c.Triage(confirmed=True, playbook=vulnerability)) == "wrong_kind"
    opened.know(kind="vulnerability")
    opened.do(c.Triage(confirmed=True))
    assert opened.no(c.ActivatePlan()) == "wrong_kind"
    opened.do(c.ActivatePlan(playbook=vulnerability))
    assert opened.state.steps["embargo"] == "waiting"
    assert Playbook.model_validate_json(vulnerability.model_dump_json()).digest == vulnerability.digest


def test_a_duty_that_no_step_serves_leaves_the_plan_as_it_is(leak):
    without = leak.book.playbook.model_copy(update={"steps": ()})
    assert leak.state.duties
    assert plan(leak.state, without) == ()
