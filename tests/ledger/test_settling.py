"""Outcomes of a whole chunk, alike in runs or each for itself: every row gets its own, and nobody else's."""

import random
from datetime import timedelta

import pytest

from domain.line import instant
from ledger.port import DeliveryState, Outcome
from tests.ledger.samples import NOW
from tests.ledger.test_deliveries import CAMPAIGN, LATER, audience, claim, settle

S = DeliveryState
PEOPLE = 120
KINDS = (
    (S.SENT, "smtp.250", 0.0),
    (S.SENT, "smtp.251", 0.0),
    (S.REFUSED, "smtp.rcpt.550", 0.0),
    (S.UNKNOWN, "smtp.silence.dot", 0.0),
    (S.DUE, "smtp.rcpt.450", 300.0),
)
WIDTHS = (1, 2, 7, 8, 9, 30)


def outcomes(chance: random.Random, seqs) -> list[Outcome]:
    """Stretches of one kind, of many lengths, every one with a name of its own that SQL must not read."""
    seqs = iter(seqs)
    made = []
    while True:
        state, code, wait = chance.choice(KINDS)
        width = chance.choice(WIDTHS)
        some = [seq for seq, _ in zip(seqs, range(width), strict=False)]
        if not some:
            return made
        made += [Outcome(seq, state, f"<{seq}'\"\\$[0]用@x>" if seq % 5 else "", code, wait) for seq in some]


def rows(memory):
    return {row.seq: row for row in memory.deliveries.page(CAMPAIGN, after=0, limit=PEOPLE)}


@pytest.mark.parametrize("seed", range(6))
def test_every_row_gets_its_own_outcome(memory, seed):
    chance = random.Random(seed)  # noqa: S311  a test's luck
    memory.deliveries.freeze(CAMPAIGN, audience(memory, PEOPLE))
    mine = {each.seq for each in claim(memory, limit=PEOPLE - 20, last=PEOPLE)}
    said = outcomes(chance, (seq for seq in sorted(mine) if chance.random() > 0.02))
    chance.shuffle(said)
    assert settle(memory, "t1", *said) == len(said)

    found = rows(memory)
    for each in said:
        row = found.pop(each.seq)
        assert (row.state, row.provider_ref, row.code) == (each.state, each.provider_ref, each.code)
        assert row.updated_at == LATER
    # Who was left out is still being told, and who was not claimed is due.
    assert {row.state for row in found.values()} == {S.SENDING, S.DUE}
    assert {row.seq for row in found.values() if row.state is S.SENDING} == mine - {s.seq for s in said}

    put_off = {each.seq for each in said if each.wait}
    assert put_off, "every seed puts somebody off"
    soon = memory.deliveries.claim(CAMPAIGN, ("sms",), 1, PEOPLE - 20, PEOPLE, "t2", LATER)
    assert not soon
    late = LATER + timedelta(seconds=301)
    again = memory.deliveries.claim(CAMPAIGN, ("sms",), 1, PEOPLE - 20, PEOPLE, "t2", late)
    assert {each.seq for each in again} == put_off
    assert {each.attempts for each in again} == {2}


def test_a_long_run_leaves_alone_what_another_holds_or_a_receipt_has_moved(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 30))
    claim(memory, last=10)
    claim(memory, token="t2", first=11, last=20)
    claim(memory, first=21, last=30)
    said = [Outcome(seq, S.SENT, f"ref{seq}", "smtp.250") for seq in range(1, 31)]
    assert settle(memory, "t1", *said) == 20
    found = rows(memory)
    assert {seq for seq, row in found.items() if row.state is S.SENT} == {*range(1, 11), *range(21, 31)}
    assert {found[seq].provider_ref for seq in range(11, 21)} == {""}
    assert [found[seq].provider_ref for seq in (1, 10, 21, 30)] == ["ref1", "ref10", "ref21", "ref30"]
    assert instant(NOW) == instant(found[15].updated_at)


def test_a_claim_takes_what_it_gives_and_nothing_between(memory):
    memory.deliveries.freeze(CAMPAIGN, audience(memory, 30))
    claim(memory, first=5, last=7, token="t2")
    settle(memory, "t2", *(Outcome(seq, S.DUE, wait=60.0) for seq in (5, 6, 7)))
    mine = [each.seq for each in claim(memory, last=30, limit=10)]
    assert mine == [1, 2, 3, 4, 8, 9, 10, 11, 12, 13]
    held = {seq for seq, row in rows(memory).items() if row.state is S.SENDING}
    assert held == set(mine)
