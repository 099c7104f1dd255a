"""No order of moves loses a person, tells one twice unflagged, or takes a row backwards."""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.migrate import migrate
from ledger.port import DeliveryState, NewDelivery, Outcome, Receipt, Received, Verdict
from tests.ledger.samples import NOW

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
PEOPLE = 6
RANK = list(DeliveryState)
outcomes = st.sampled_from([DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNKNOWN])
reports = st.sampled_from(
    [DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.DELIVERED]
)
people = st.integers(1, PEOPLE)
tokens = st.sampled_from(["a", "b"])


class Deliveries(RuleBasedStateMachine):
    @initialize()
    def freeze(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-machine-"))
        url = f"sqlite:///{self.folder}/ledger.db"
        migrate(url)
        self.memory = Memory(url, MasterKey.ensured(self.folder / "master.key"))
        self.store = self.memory.deliveries
        routes = [(), ("sms",), ("sms", "email")]
        rows = [NewDelivery(seq, f"{seq:064x}", routes[seq % 3], "zh", b"") for seq in range(1, PEOPLE + 1)]
        self.store.freeze(CAMPAIGN, rows)
        self.references: dict[tuple[int, int], str] = {}
        self.calls: dict[tuple[int, int], int] = {}
        self.before = self.rows()

    def rows(self):
        return {row.seq: row for row in self.store.page(CAMPAIGN)}

    @rule(token=tokens, limit=st.integers(1, PEOPLE))
    def claim(self, token, limit) -> None:
        for row in self.store.claim(CAMPAIGN, ("sms", "email"), 1, PEOPLE, limit, token, NOW):
            place = (row.seq, row.leg)
            self.calls[place] = self.calls.get(place, 0) + 1
            assert self.calls[place] == 1 or row.possible_duplicate
            self.references[place] = row.reference

    @rule(token=tokens, seq=people, state=outcomes)
    def settle(self, token, seq, state) -> None:
        self.store.settle(CAMPAIGN, token, [Outcome(seq, state)], NOW)

    @rule(token=tokens)
    def take_over(self, token) -> None:
        self.store.orphaned(CAMPAIGN, 1, PEOPLE, token, NOW)

    @rule()
    def advance(self) -> None:
        self.store.advance(CAMPAIGN, 1, PEOPLE, NOW)

    @rule(seq=people, leg=st.integers(0, 1), verdict=st.sampled_from(Verdict))
    def reconcile(self, seq, leg, verdict) -> None:
        self.store.reconcile(CAMPAIGN, seq, leg, verdict, NOW)

    @rule(data=st.data(), state=reports)
    def receive(self, data, state) -> None:
        if self.references:
            place = data.draw(st.sampled_from(sorted(self.references)))
            receipt = Receipt(self.references[place], state, "event", NOW + timedelta(seconds=1))
            self.store.receive([receipt])
            assert self.store.receive([receipt])[0] is not Received.APPLIED

    @invariant()
    def nobody_is_lost_and_nothing_goes_back(self) -> None:
        counts = self.store.counts(CAMPAIGN)
        assert sum(tally.rows for tally in counts.tallies) == counts.audience == PEOPLE
        now = self.rows()
        for seq, row in now.items():
            was = self.before[seq]
            stands = (row.leg, row.attempts, RANK.index(row.state))
            stood = (was.leg, was.attempts, RANK.index(was.state))
            if row.possible_duplicate and row.state is DeliveryState.DUE:
                assert row.leg >= was.leg
            else:
                assert stands >= stood
        self.before = now

    def teardown(self) -> None:
        self.memory.close()
        shutil.rmtree(self.folder)


TestDeliveries = pytest.mark.timeout(170)(Deliveries.TestCase)
TestDeliveries.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
