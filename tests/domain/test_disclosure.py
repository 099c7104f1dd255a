"""What a message was made of is named by two digests, each of which notices every change."""

from datetime import UTC, datetime

from domain import disclosure as d
from domain.campaign import AudienceFrozen
from domain.fact import BODIES
from domain.ids import evidence_stream
from domain.organisation import Organisation
from domain.state import Known

FROZEN = AudienceFrozen(sha256="b" * 64, total=10, rejected=1, unreachable=0, channels={"sms": 10})
KNOWN = Known(value=3, at=datetime(2026, 11, 23, tzinfo=UTC), by="lead")


def test_the_plan_is_named_by_list_templates_and_counts():
    digest = d.plan_digest("a" * 64, "data-leak", "c" * 64, d.figures(FROZEN))
    assert digest == d.plan_digest("a" * 64, "data-leak", "c" * 64, d.figures(FROZEN))
    more = FROZEN.model_copy(update={"total": 11})
    others = {
        d.plan_digest("a" * 64, "data-leak", "c" * 64, d.figures(more)),
        d.plan_digest("a" * 64, "data-leak", "d" * 64, d.figures(FROZEN)),
        d.plan_digest("a" * 64, "other", "c" * 64, d.figures(FROZEN)),
        d.plan_digest("e" * 64, "data-leak", "c" * 64, d.figures(FROZEN)),
    }
    assert len(others | {digest}) == 5


def test_the_case_is_named_by_its_facts_and_by_who_speaks():
    case = d.case_digest({"persons_affected": KNOWN}, Organisation(name="甲"))
    assert case == d.case_digest({"persons_affected": KNOWN}, Organisation(name="甲"))
    assert case != d.case_digest({"persons_affected": KNOWN}, Organisation(name="乙"))
    assert case != d.case_digest({}, Organisation(name="甲"))


def test_an_opening_is_a_fact_of_a_stream_of_its_own():
    assert BODIES["EvidenceRevealed"] is d.EvidenceRevealed
    assert evidence_stream("I-AAAAAAAAAAAA") == "evidence/I-AAAAAAAAAAAA"
