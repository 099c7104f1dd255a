import threading
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from domain import merkle
from ledger.errors import Conflict, Gap
from ledger.port import DeliveryState, NewDelivery, Outcome, Receipt, Received, RejectedRow, Verdict
from ledger.references import References
from tests.ledger.samples import NOW

S = DeliveryState
CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
LATER = NOW + timedelta(minutes=5)


def audience(memory, total: int, route: tuple[str, ...] = ("sms", "email"), first: int = 1):
    key = memory.keys.campaign(CAMPAIGN)
    for seq in range(first, total + 1):
        sealed = key.seal(b'{"sms":"+8613800000000"}', str(seq))
        yield NewDelivery(seq=seq, person=key.person(f"p{seq}"), route=route, language="zh", sealed=sealed)


def claim(memory, *, token="t1", channels=("sms", "email"), first=1, last=100, limit=100):  # noqa: S107  a claim token
    return memory.deliveries.claim(CAMPAIGN, channels, first, last, limit, token, NOW)


def settle(memory, token, *outcomes):
    return memory.deliveries.settle(CAMPAIGN, token, outcomes, LATER)


def row(memory, seq: int):
    return memory.deliveries.page(CAMPAIGN, after=seq - 1, limit=1)[0]


def states(memory) -> dict[DeliveryState, int]:
    counts = memory.deliveries.counts(CAMPAIGN)
    assert sum(tally.rows for tally in counts.tallies) == counts.audience
    return {state: counts.of(state) for state in S if counts.of(state)}


def test_an_audience_is_frozen_once_and_resumes(memory):
    assert memory.deliveries.frozen(CAMPAIGN) == 0
    assert memory.deliveries.freeze(CAMPAIGN, audience(memory, 7)) == 7
    assert memory.deliveries.freeze(CAMPAIGN, audience(memory, 9)) == 9
    assert memory.deliveries.freeze(CAMPAIGN, audience(memory, 12, first=10)) == 12
    assert memory.deliveries.frozen(CAMPAIGN) == 12
    assert states(memory) == {S.DUE: 12}
    assert row(memory, 12).route == ("sms", "email")


def test_a_killed_import_leaves_whole_chunks(memory, monkeypatch):
    monkeypatch.setattr("ledger.audience.CHUNK", 4)

    def dying():
        yield from audience(memory, 10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memory.deliveries.freeze(CAMPAIGN, dying())
    assert memory.deliveries.frozen(CAMPAIGN) == 8
    assert memory.deliveries.freeze(CAMPAIGN, audience(memory, 10)) == 10


def test_another_audience_under_the_same_campaign_is_refused(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 3))
    key = memory.keys.campaign(CAMPAIGN)
    other = NewDelivery(seq=3, person=key.person("else"), route=(), language="en", sealed=b"")
    with pytest.raises(Conflict):
        memory.deliveries.freeze(CAMPAIGN, [other])
    with pytest.raises(Gap, match="expects version 4, not 6"):
        memory.deliveries.freeze(CAMPAIGN, audience(memory, 6, first=6))
    rows = [*audience(memory, 4, first=4), *audience(memory, 6, first=6)]
    with pytest.raises(Gap, match="expects version 5, not 6"):
        memory.deliveries.freeze(CAMPAIGN, rows)
    assert memory.deliveries.frozen(CAMPAIGN) == 3


def test_rows_set_aside_are_counted_beside(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 2))
    bad = [RejectedRow(3, "email_broken"), RejectedRow(2, "phone_broken")]
    assert memory.deliveries.reject(CAMPAIGN, bad) == 2
    assert memory.deliveries.reject(CAMPAIGN, bad[:1]) == 2
    assert list(memory.deliveries.rejected(CAMPAIGN)) == bad[::-1]
    assert memory.deliveries.counts(CAMPAIGN).rejected == 2


def test_who_has_no_channel_is_unreachable_from_the_start(memory):
    memory.deliveries.freeze(CAMPAIGN, [*audience(memory, 1), *audience(memory, 2, route=(), first=2)])
    assert states(memory) == {S.DUE: 1, S.UNREACHABLE: 1}
    assert [each.seq for each in claim(memory)] == [1]
    assert row(memory, 2).route == ()


def test_a_claim_takes_due_rows_of_its_range_and_channels_once(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 10))
    taken = claim(memory, first=3, last=8, limit=4)
    assert [each.seq for each in taken] == [3, 4, 5, 6]
    key = memory.keys.campaign(CAMPAIGN)
    assert key.open(taken[0].sealed, "3") == b'{"sms":"+8613800000000"}'
    assert (taken[0].leg, taken[0].channel, taken[0].attempts) == (0, "sms", 1)
    assert [each.seq for each in claim(memory, first=3, last=8)] == [7, 8]
    assert claim(memory, first=3, last=8, token="t2") == []
    assert claim(memory, channels=("email",)) == []
    assert claim(memory, channels=()) == []
    assert memory.deliveries.claim("incident/none/campaign/1", ("sms",), 1, 9, 9, "t", NOW) == []
    references = {each.reference for each in taken}
    assert len(references) == 4
    assert all(len(reference) == 50 for reference in references)


def test_outcomes_are_written_only_by_who_holds_the_rows(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 4))
    claim(memory)
    outcomes = [
        Outcome(1, S.SENT, provider_ref="SM1"),
        Outcome(2, S.REFUSED, code="21211"),
        Outcome(3, S.UNKNOWN, code="timeout"),
        Outcome(4, S.DUE, code="429"),
    ]
    assert settle(memory, "zombie", *outcomes) == 0
    assert states(memory) == {S.SENDING: 4}
    assert settle(memory, "t1", *outcomes) == 4
    assert states(memory) == {S.SENT: 1, S.REFUSED: 1, S.UNKNOWN: 1, S.DUE: 1}
    assert settle(memory, "t1", *outcomes) == 4
    assert (row(memory, 1).provider_ref, row(memory, 2).code) == ("SM1", "21211")
    again = claim(memory, token="t2")
    assert [(each.seq, each.attempts) for each in again] == [(4, 2)]
    assert settle(memory, "t1", Outcome(4, S.SENT)) == 0
    assert settle(memory, "t1") == 0
    assert memory.deliveries.settle("incident/none/campaign/1", "t1", [Outcome(1, S.SENT)], NOW) == 0
    with pytest.raises(ValueError, match="delivered is not the outcome"):
        settle(memory, "t2", Outcome(4, S.DELIVERED))


def test_a_refused_row_goes_to_its_next_channel_and_then_is_unreachable(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 2))
    claim(memory)
    settle(memory, "t1", Outcome(1, S.REFUSED, code="21211"), Outcome(2, S.SENT))
    assert memory.deliveries.advance(CAMPAIGN, 1, 100, LATER) == 1
    assert memory.deliveries.advance(CAMPAIGN, 1, 100, LATER) == 0
    second = claim(memory, token="t2")
    assert [(each.seq, each.leg, each.channel) for each in second] == [(1, 1, "email")]
    settle(memory, "t2", Outcome(1, S.REFUSED, code="550"))
    assert memory.deliveries.advance(CAMPAIGN, 1, 100, LATER) == 0
    assert states(memory) == {S.SENT: 1, S.UNREACHABLE: 1}
    assert (row(memory, 1).channel, row(memory, 1).code, row(memory, 1).leg) == ("email", "550", 1)


def test_a_dead_workers_rows_become_unknown_and_its_ghost_is_refused(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 3))
    claim(memory, token="dead", limit=2)
    claim(memory, token="alive")
    assert memory.deliveries.orphaned(CAMPAIGN, 1, 100, "alive", LATER) == 2
    assert states(memory) == {S.UNKNOWN: 2, S.SENDING: 1}
    assert settle(memory, "dead", Outcome(1, S.SENT)) == 0
    unknowns = memory.deliveries.unknowns(CAMPAIGN, 1, 100, 10)
    assert [(each.seq, each.leg, each.channel) for each in unknowns] == [(1, 0, "sms"), (2, 0, "sms")]
    assert unknowns[0].updated_at == LATER
    assert memory.keys.campaign(CAMPAIGN).open(unknowns[0].sealed, "1")
    assert memory.deliveries.unknowns("incident/none/campaign/1", 1, 9, 9) == []


@pytest.mark.parametrize(
    ("verdict", "route", "state", "leg", "twice"),
    [
        (Verdict.SENT, ("sms", "email"), S.SENT, 0, False),
        (Verdict.REFUSED, ("sms", "email"), S.REFUSED, 0, False),
        (Verdict.NEXT, ("sms", "email"), S.DUE, 1, False),
        (Verdict.NEXT, ("sms",), S.UNREACHABLE, 0, False),
        (Verdict.RESEND, ("sms", "email"), S.DUE, 0, True),
    ],
)
def test_an_unknown_row_is_reconciled_once(memory, verdict, route, state, leg, twice):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 1, route=route))
    claim(memory)
    assert not memory.deliveries.reconcile(CAMPAIGN, 1, 0, verdict, LATER)
    settle(memory, "t1", Outcome(1, S.UNKNOWN))
    assert not memory.deliveries.reconcile(CAMPAIGN, 1, 1, verdict, LATER)
    assert memory.deliveries.reconcile(CAMPAIGN, 1, 0, verdict, LATER, code="asked", ref="SM9")
    assert not memory.deliveries.reconcile(CAMPAIGN, 1, 0, verdict, LATER)
    now = row(memory, 1)
    assert (now.state, now.leg, now.possible_duplicate) == (state, leg, twice)
    assert memory.deliveries.counts(CAMPAIGN).possible_duplicates == twice


def test_receipts_apply_in_any_order_and_any_number_of_times(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 2))
    one, two = claim(memory)
    settle(memory, "t1", Outcome(1, S.SENT, "SM1"), Outcome(2, S.SENT, "SM2"))

    def said(state, event, reference=one.reference):
        return memory.deliveries.receive([Receipt(reference, state, event, LATER)])[0]

    assert said(S.DELIVERED, "e2") is Received.APPLIED
    assert said(S.DELIVERED, "e2") is Received.KEPT
    assert said(S.SENT, "e1") is Received.KEPT
    assert said(S.BOUNCED, "e3") is Received.KEPT
    assert said(S.BOUNCED, "e4", two.reference) is Received.APPLIED
    assert states(memory) == {S.DELIVERED: 1, S.BOUNCED: 1}
    assert said(S.SENT, "e", "00" * 25) is Received.NO_SUCH_ROW
    assert said(S.SENT, "e", "no hex") is Received.NO_SUCH_ROW
    assert said(S.SENT, "e", "00") is Received.NO_SUCH_ROW
    names = References(memory.keys.installation())
    assert said(S.SENT, "e", names.of(99, 1, 0)) is Received.NO_SUCH_ROW
    assert said(S.SENT, "e", names.of(1, 99, 0)) is Received.NO_SUCH_ROW
    with pytest.raises(ValueError, match="unknown is not what a receipt can say"):
        said(S.UNKNOWN, "e")


def test_a_receipt_before_the_apis_own_answer_wins(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 3))
    first, second, _ = claim(memory)
    receipts = [
        Receipt(second.reference, S.SENT, "e2", NOW),
        Receipt(first.reference, S.DELIVERED, "e1", NOW, provider_ref="SM1"),
    ]
    assert memory.deliveries.receive(receipts) == [Received.APPLIED, Received.APPLIED]
    outcomes = [Outcome(1, S.SENT, "SM1"), Outcome(2, S.UNKNOWN), Outcome(3, S.SENT, "SM3")]
    assert settle(memory, "t1", *outcomes) == 3
    assert states(memory) == {S.DELIVERED: 1, S.SENT: 2}
    assert [row(memory, seq).provider_ref for seq in (1, 2, 3)] == ["SM1", "", "SM3"]


def test_the_apis_answer_still_names_a_row_that_a_receipt_moved(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 1))
    (taken,) = claim(memory)
    memory.deliveries.receive([Receipt(taken.reference, S.DELIVERED, "e1", NOW)])
    assert settle(memory, "t1", Outcome(1, S.SENT, "SM1")) == 1
    assert (row(memory, 1).state, row(memory, 1).provider_ref) == (S.DELIVERED, "SM1")


def test_a_receipt_of_an_earlier_channel_is_stale(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 1))
    (taken,) = claim(memory)
    settle(memory, "t1", Outcome(1, S.REFUSED))
    memory.deliveries.advance(CAMPAIGN, 1, 1, LATER)
    assert memory.deliveries.receive([Receipt(taken.reference, S.DELIVERED, "e", NOW)]) == [Received.STALE]
    assert states(memory) == {S.DUE: 1}


def test_a_closed_campaign_does_not_move_and_its_root_stays_true(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 5))
    taken = claim(memory, limit=3)
    settle(memory, "t1", Outcome(1, S.SENT), Outcome(2, S.REFUSED), Outcome(3, S.UNKNOWN))
    counts = memory.deliveries.close(CAMPAIGN, LATER)
    assert counts == memory.deliveries.counts(CAMPAIGN) == memory.deliveries.close(CAMPAIGN, NOW)
    root = merkle.root(memory.deliveries.leaves(CAMPAIGN))
    late = Receipt(taken[0].reference, S.DELIVERED, "late", LATER)
    assert memory.deliveries.receive([late, late]) == [Received.LATE, Received.LATE]
    assert claim(memory) == []
    assert settle(memory, "t1", Outcome(1, S.SENT)) == 0
    assert memory.deliveries.advance(CAMPAIGN, 1, 5, LATER) == 0
    assert memory.deliveries.orphaned(CAMPAIGN, 1, 5, "t2", LATER) == 0
    assert not memory.deliveries.reconcile(CAMPAIGN, 3, 0, Verdict.SENT, LATER)
    with pytest.raises(Conflict):
        memory.deliveries.freeze(CAMPAIGN, audience(memory, 6))
    assert merkle.root(memory.deliveries.leaves(CAMPAIGN)) == root
    with memory.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM late_receipt")).scalar_one() == 1


def test_leaves_are_one_per_row_and_prove_one_person(memory, monkeypatch):
    monkeypatch.setattr("ledger.tallies.LEAVES", 3)
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 7))
    leaves = list(memory.deliveries.leaves(CAMPAIGN))
    assert len(leaves) == 7
    assert leaves[0].startswith(f'["{CAMPAIGN}",1,"'.encode())
    root = merkle.root(leaves)
    assert merkle.included(leaves[4], 4, 7, merkle.proof(leaves, 4).path, root)
    monkeypatch.setattr("ledger.tallies.LEAVES", 7)
    assert list(memory.deliveries.leaves(CAMPAIGN)) == leaves
    assert list(memory.deliveries.leaves("incident/none/campaign/1")) == []


def test_counts_of_a_range_add_up_too(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 10))
    counts = memory.deliveries.counts(CAMPAIGN, 4, 6)
    assert (counts.audience, counts.of(S.DUE)) == (3, 3)
    assert memory.deliveries.counts(CAMPAIGN, 4, 99).audience == 7
    assert memory.deliveries.counts("incident/none/campaign/1").audience == 0
    assert memory.deliveries.page("incident/none/campaign/1") == []
    assert [each.seq for each in memory.deliveries.page(CAMPAIGN, after=8)] == [9, 10]


def test_workers_that_race_never_share_a_row(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 400))
    taken: list[int] = []

    def work(number: int) -> None:
        token = f"t{number}"
        while rows := claim(memory, token=token, last=400, limit=7):
            taken.extend(each.seq for each in rows)
            assert settle(
                memory, token, *[Outcome(each.seq, S.SENT, f"SM{each.seq}") for each in rows]
            ) == len(rows)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 401))
    assert states(memory) == {S.SENT: 400}


def test_a_row_that_is_put_off_is_claimed_when_its_time_has_come(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 2))
    waiting = partial(memory.deliveries.waiting, CAMPAIGN, ("sms",), 1, 2)
    assert waiting() < NOW
    claim(memory)
    assert waiting() is None
    settle(memory, "t1", Outcome(1, S.DUE, code="429", wait=30.0), Outcome(2, S.SENT))
    assert waiting() == LATER + timedelta(seconds=30)
    assert memory.deliveries.waiting(CAMPAIGN, ("email",), 1, 2) is None
    assert memory.deliveries.waiting("incident/none/campaign/1", ("sms",), 1, 2) is None
    assert claim(memory, token="t2") == []
    again = partial(memory.deliveries.claim, CAMPAIGN, ("sms",), 1, 2, 10, "t3", NOW)
    assert again(LATER - NOW + timedelta(seconds=29)) == []
    [taken] = again(LATER - NOW + timedelta(seconds=30))
    assert (taken.seq, taken.attempts) == (1, 2)
    settle(memory, "t3", Outcome(1, S.REFUSED))
    memory.deliveries.close(CAMPAIGN, NOW)
    assert waiting() is None
