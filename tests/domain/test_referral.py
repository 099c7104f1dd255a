"""Where a referral stands after each of its facts."""

from datetime import UTC, datetime

from domain.referral import (
    DossierDrafted,
    DossierFailed,
    DossierSent,
    ReceiptTaken,
    ReferralState,
    evolve_referral,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_a_referral_that_failed_once_and_was_taken_there():
    bodies = [
        DossierFailed(code="timed_out", attempt=1),
        DossierDrafted(sha256="a" * 64),
        DossierFailed(code="smtp.550", attempt=2),
        DossierSent(channel="in_person", attempt=3),
        ReceiptTaken(number="P-1", received_at=NOW),
    ]
    states = [ReferralState(stream="s")]
    for body in bodies:
        states.append(evolve_referral(states[-1], body, states[-1].version + 1))
    _, undrawn, drawn, failed, sent, ended = states
    assert (undrawn.failed, undrawn.attempt) == (bodies[0], 1)
    assert (drawn.sha256, drawn.failed, drawn.attempt) == ("a" * 64, None, 1)
    assert (failed.failed, failed.attempt, failed.sent) == (bodies[2], 2, None)
    assert (sent.sent, sent.failed, sent.attempt) == (bodies[3], None, 3)
    assert (ended.receipt, ended.version) == (bodies[4], 5)
