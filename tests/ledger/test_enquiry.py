"""One person's row is found by hidden name or by number, and later receipts stand beside it."""

from datetime import timedelta

import pytest

from ledger.port import DeliveryState, NewDelivery, Receipt, Received
from ledger.references import References
from tests.ledger.samples import NOW

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"


@pytest.fixture
def rows(memory, monkeypatch):
    monkeypatch.setattr("ledger.enquiry.ROWS", 2)
    key = memory.keys.campaign(CAMPAIGN)
    memory.deliveries.freeze(
        CAMPAIGN,
        [
            NewDelivery(n, key.person(f"p{n}"), ("sms",), "zh-CN", key.seal(b"%d" % n, str(n)))
            for n in range(1, 6)
        ],
    )
    return key


def test_a_person_is_found_by_the_hidden_name(memory, rows):
    names = [rows.person(name) for name in ("p4", "p2", "nobody")]
    assert memory.deliveries.named(CAMPAIGN, names) == [2, 4]
    assert memory.deliveries.named(CAMPAIGN, []) == []
    assert memory.deliveries.named("incident/I-NONE/campaign/1", names) == []
    with pytest.raises(ValueError, match="at most 900"):
        memory.deliveries.named(CAMPAIGN, names * 301)


def test_who_stands_in_the_rows_stays_sealed(memory, rows):
    found = list(memory.deliveries.sealed(CAMPAIGN))
    assert [rows.open(one.sealed, str(one.seq)) for one in found] == [b"1", b"2", b"3", b"4", b"5"]
    assert "sealed" not in repr(found[0])
    assert [one.seq for one in memory.deliveries.sealed(CAMPAIGN, 3, 3)] == [3]
    assert [one.seq for one in memory.deliveries.sealed(CAMPAIGN, 4, 99)] == [4, 5]
    assert list(memory.deliveries.sealed("incident/I-NONE/campaign/1")) == []


@pytest.mark.usefixtures("rows")
def test_a_receipt_after_the_end_is_kept_beside_its_row(memory):
    memory.deliveries.close(CAMPAIGN, NOW)
    reference = References(memory.keys.installation()).of(1, 3, 0)
    late = Receipt(reference, DeliveryState.DELIVERED, "e1", NOW + timedelta(hours=1), "30003")
    assert memory.deliveries.receive([late]) == [Received.LATE]
    [kept] = memory.deliveries.late(CAMPAIGN, 3)
    assert (kept.leg, kept.state, kept.code, kept.at) == (0, late.state, late.code, late.at)
    assert memory.deliveries.late(CAMPAIGN, 2) == []
    assert memory.deliveries.late("incident/I-NONE/campaign/1", 3) == []
