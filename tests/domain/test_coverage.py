"""A playbook against law packs: every duty has its step, every step its duty."""

from pathlib import Path

import pytest

from domain.coverage import gaps
from domain.playbook import Means
from playbooks.incident import load_playbook
from playbooks.loader import load_packs

PACKS = load_packs(Path("playbooks/law"))
CN = [pack for pack in PACKS if pack.jurisdiction == "CN"]
PLAYBOOK = load_playbook()


def serving(**changes):
    """The playbook in which some steps serve something else."""
    steps = tuple(
        step.model_copy(update={"serves": changes[step.id.replace("-", "_")]})
        if step.id.replace("-", "_") in changes
        else step
        for step in PLAYBOOK.steps
    )
    return PLAYBOOK.model_copy(update={"steps": steps})


def test_the_shipped_playbooks_serve_every_pack_there_is():
    for file in sorted(Path("playbooks/incident").glob("*.yaml")):
        assert gaps(load_playbook(file), PACKS) == [], file.name


def test_a_duty_that_no_step_serves_is_an_error_for_each_of_its_means():
    playbook = serving(
        report_competent=("CN-NDSR-11-REPORT", "CN-CSL-27"), notify_individuals=("CN-PIPL-57-IND",)
    )
    found = " ".join(gap.sentence for gap in gaps(playbook, CN) if gap.error)
    for unserved in ("CN-DSL-29 by report", "CN-DSL-29 by notify", "CN-NDSR-11-NOTIFY by notify"):
        assert unserved in found
    assert all(gap.loc == ("steps",) for gap in gaps(playbook, CN))
    (one,) = gaps(serving(refer_police=("CN-D147-14", "CN-INTL-10", "CN-NDSR-11-POLICE")), CN)
    assert "CN-NCIRM-4-POLICE by referral" in one.sentence
    assert "公安机关" in one.sentence


def test_what_is_not_the_playbooks_kind_or_no_live_duty_needs_no_step():
    served = " ".join(gap.sentence for gap in gaps(PLAYBOOK.model_copy(update={"steps": ()}), CN))
    assert "CN-NDSR-10-24H" not in served
    assert "CN-NCIRM-4-CII-RELAY" not in served
    assert "CN-PBC-2H" not in served
    assert "CN-NCIRM-4-OTHER" in served
    assert "no step serves GRADING" in served


@pytest.mark.parametrize(
    ("served", "says", "error"),
    [
        ("CN-NDSR-11-REPROT", "did you mean CN-NDSR-11-REPORT?", True),
        ("XX-NOWHERE-1", "tocsin law list", True),
        ("XX-*", "begins with XX-", False),
    ],
)
def test_a_step_that_serves_nothing_is_said_where_it_stands(served, says, error):
    place = next(number for number, step in enumerate(PLAYBOOK.steps) if step.id == "report-cii")
    (gap,) = gaps(serving(report_cii=("CN-NCIRM-4-CII", "CN-CII-18", served)), CN)
    assert gap.loc == ("steps", place, "serves", 2)
    assert says in gap.sentence
    assert gap.error == error


def test_a_beginning_and_means_serve_whatever_is_added_later():
    playbook = serving(report_sector=("CN-*", Means(by="report", jurisdictions=("EU",))))
    assert gaps(playbook, CN) == []


def test_law_that_binds_others_may_be_served_without_being_asked_for():
    only = [pack for pack in CN if pack.id == "cn-ndsr"]
    assert [gap for gap in gaps(PLAYBOOK, only, CN) if gap.error] == []
    assert [gap for gap in gaps(PLAYBOOK, only) if gap.error]
