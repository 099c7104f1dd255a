"""Whatever people, clocks and channels do, in whatever order: nothing is lost, reopened or closed too early."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import commands as c
from domain import facts as f
from domain.alert import Alert, Observation
from domain.approval import content
from domain.campaign import AudienceFrozen, CampaignSettled
from domain.closing import blockers
from domain.decide import decide, hear, observe
from domain.effects import outstanding
from domain.evidence import Evidence
from domain.evolve import evolve, fold
from domain.fact import Fact, read
from domain.orders import campaign_order, clock_order, referral_order
from domain.organisation import Organisation
from domain.playbook import Playbook
from domain.refusal import Refused
from domain.state import Duty, State
from domain.turn import Book
from playbooks.loader import load_packs

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
PACKS = load_packs(Path("playbooks/law"))
PLAYBOOK = Playbook.model_validate(
    {
        "id": "test",
        "version": 1,
        "title": {"zh": "测试", "en": "test"},
        "steps": [
            {
                "id": "isolate",
                "phase": "containment",
                "mode": "automatic",
                "title": {"zh": "隔离", "en": "isolate"},
                "owner": "analyst",
                "action": "edr",
                "undo": "edr-undo",
            },
            {
                "id": "restore",
                "phase": "recovery",
                "mode": "manual",
                "title": {"zh": "恢复", "en": "restore"},
                "owner": "analyst",
            },
        ],
        "targets": {"immediate": "PT1H", "promptly": "PT24H"},
        "alarms": {"percents": [50, 75, 90], "repeat": "PT1H", "roles": ["officer"]},
        "notification": {
            "channels": ["sms", "email"],
            "canary": 10,
            "batch": 500,
            "shard": 1000,
            "settle": "PT1H",
            "messages": ["leak"],
        },
    },
)
ORGANISATION = Organisation.read(
    {"name": "某公司", "province": "浙江", "operates_cii": False, "state_organ": False},
)
OPENING = f.IncidentOpened(
    incident="I-AAAAAAAAAAAA",
    correlation="c",
    severity=4,
    category="exfiltration",
    drill=True,
    organisation=ORGANISATION,
    playbook="test",
    playbook_digest=PLAYBOOK.digest,
    packs_digest="0" * 64,
)
BOOK = Book(opening=OPENING, packs=PACKS, playbook=PLAYBOOK)
FACTS = st.one_of(
    st.tuples(st.just("persons_affected"), st.sampled_from([10, 1_204_331, 20_000_000, "unknown"])),
    st.tuples(st.just("personal_information"), st.sampled_from(["none", "possible", "leaked"])),
    st.tuples(
        st.sampled_from(
            [
                "harms_individuals",
                "harms_organisations",
                "crime_suspected",
                "cii_affected",
                "important_data",
                "minors",
                "state_secret_suspected",
                "illegal_access_found",
            ],
        ),
        st.sampled_from([True, False, "unknown"]),
    ),
    st.tuples(st.just("handling_ended_at"), st.just("2026-11-23T03:00:00Z")),
    st.tuples(st.just("aware_at"), st.just("2026-11-23T02:30:00Z")),
)
OPERATORS = st.sampled_from(["ana", "ben", "cai"])
MOVES = st.sampled_from(["start", "done", "failed", "undo", "skip"])


class Incident(RuleBasedStateMachine):
    """One incident under arbitrary treatment."""

    def __init__(self):
        super().__init__()
        self.state = State(incident=OPENING.incident)
        self.history: list[Fact] = []
        self.now = NOW
        self.nonce = 0
        self.settled: dict[str, Duty] = {}

    def take(self, facts):
        for fact in facts:
            self.state = evolve(self.state, fact)
            self.history.append(fact)

    def command(self, order, operator="ana", reason="because"):
        self.nonce += 1
        envelope = c.Envelope(
            operator=operator, nonce=f"nonce-{self.nonce:05}", issued_at=self.now, reason=reason
        )
        command = c.Command(envelope=envelope, order=order)
        try:
            facts = decide(self.state, command, self.now, BOOK)
        except Refused as refused:
            assert refused.sentence
            assert refused.code.replace("_", "").replace("-", "").isalnum()
            return
        self.take(facts)
        assert decide(self.state, command, self.now, BOOK) == () or self.state.phase == "closed"

    def word(self, component, word):
        self.take(hear(self.state, c.Heard(component=component, word=word), self.now, BOOK))

    def open_keys(self, by):
        return tuple(d.key for d in self.state.duties.values() if d.by == by and not d.settled)

    @initialize(severity=st.integers(1, 5), started=st.booleans())
    def open(self, severity, started):
        self.alert("first", 0, severity)
        if started:
            self.command(c.Triage(confirmed=True))
            self.command(c.ActivatePlan())

    @rule(finding=st.sampled_from("abc"), revision=st.integers(0, 3), severity=st.integers(1, 5))
    def alert(self, finding, revision, severity):
        if self.state.phase == "closed":
            return
        alert = Alert(
            source="siem",
            inbox="1",
            finding=finding,
            revision=revision,
            correlation="c",
            severity=severity,
            observed_at=self.now,
            received_at=self.now,
        )
        observation = Observation(alerts=(alert,))
        self.take(observe(self.state, observation, self.now, BOOK))
        assert observe(self.state, observation, self.now, BOOK) == ()

    @rule(facts=st.lists(FACTS, min_size=1, max_size=4))
    def record(self, facts):
        self.command(c.RecordFacts(values=dict(facts), basis="seen"))

    @rule(confirmed=st.sampled_from([True, True, True, False]))
    def triage(self, confirmed):
        self.command(c.Triage(confirmed=confirmed))

    @rule()
    def activate(self):
        self.command(c.ActivatePlan())

    @rule(step=st.sampled_from(["isolate", "restore", "nonsense"]), to=MOVES)
    def step(self, step, to):
        self.command(c.AdvanceStep(step=step, to=to))

    @rule(step=st.sampled_from(["isolate", "restore"]), ok=st.booleans(), undo=st.booleans())
    def step_word(self, step, ok, undo):
        self.word("step", c.StepWord(step=step, ok=ok, undo=undo, code="200"))

    @rule(data=st.data())
    def draft(self, data):
        keys = self.open_keys("report")
        if keys:
            key = data.draw(st.sampled_from(keys))
            self.command(c.DraftReport(form="ncirm-7", duties=(key,)))
            number = len(self.state.reports)
            if data.draw(st.booleans()) and number:
                self.word("report", c.ReportWord(report=number, sha256=f"{number:064}"))
                subject = f"report/{number}"
                self.command(c.Approve(subject=subject, sha256=f"{number:064}"), "ben")

    @rule(number=st.integers(1, 4), operator=OPERATORS, channel=st.sampled_from(["email", "portal"]))
    def file(self, number, operator, channel):
        self.command(c.FileReport(report=number, channel=channel), operator)

    @rule(number=st.integers(1, 4), ok=st.booleans())
    def filed(self, number, ok):
        if number in self.state.reports:
            self.word("filing", c.FilingWord(report=number, ok=ok, code="250"))

    @rule(number=st.integers(1, 4), minutes=st.integers(-600, 5))
    def receipt(self, number, minutes):
        at = self.now + timedelta(minutes=minutes)
        order = c.RecordReceipt(report=number, number="R-1", received_at=at, channel="portal")
        self.command(order)

    @rule(
        subject=st.sampled_from(["report/1", "report/2", "campaign/1", "announcement/1", "referral/1", "close"]),
        operator=OPERATORS,
    )
    def approve(self, subject, operator):
        sha256 = content(self.state, subject)
        self.command(c.Approve(subject=subject, sha256=sha256 or "0" * 64), operator)

    @rule(data=st.data(), alone=st.booleans())
    def withdraw(self, data, alone):
        keys = tuple(d.key for d in self.state.duties.values() if not d.settled)
        if keys:
            key = data.draw(st.sampled_from(keys))
            subject = f"withdraw/{key}"
            if not alone:
                self.command(c.Approve(subject=subject, sha256=content(self.state, subject)), "ben")
            self.command(c.WithdrawDuties(duties=(key,)))

    @rule(data=st.data())
    def extend(self, data):
        keys = tuple(d.key for d in self.state.duties.values() if not d.settled)
        if keys:
            key = data.draw(st.sampled_from(keys))
            self.command(c.ExtendDuty(duty=key, due_at=self.now + timedelta(hours=9)))

    @rule(data=st.data())
    def settle_by_hand(self, data):
        keys = tuple(d.key for d in self.state.duties.values() if not d.settled)
        if keys:
            key = data.draw(st.sampled_from(keys))
            evidence = Evidence(means="record", reference="book", at=self.now, by="ana")
            self.command(c.SettleDuty(duty=key, evidence=evidence))

    @rule(data=st.data())
    def lapse(self, data):
        if self.state.duties:
            key = data.draw(st.sampled_from(sorted(self.state.duties)))
            word = c.ClockLapsedWord(key=self.state.duties[key].key, at=self.now)
            self.word("clock", word)
            if not self.state.duties[key].armed and data.draw(st.booleans()):
                self.word("clock", c.ClockArmedWord(keys=(self.state.duties[key].key,)))

    @rule(unreachable=st.integers(0, 3))
    def notify(self, unreachable):
        keys = self.open_keys("notify")
        if keys:
            self.command(c.PlanNotification(audience="list.csv", sha256="a" * 64, message="leak", duties=keys))
            number = len(self.state.campaigns)
            if number:
                frozen = AudienceFrozen(
                    sha256="b" * 64,
                    total=10,
                    rejected=1,
                    unreachable=unreachable,
                    channels={"sms": 10 - unreachable},
                )
                self.word("campaign", c.AudienceWord(campaign=number, frozen=frozen))

    @rule(number=st.integers(1, 3), operator=OPERATORS)
    def start(self, number, operator):
        self.command(c.StartNotification(campaign=number), operator)

    @rule(number=st.integers(1, 3), hold=st.booleans())
    def hold(self, number, hold):
        self.command(
            c.PauseNotification(campaign=number) if hold else c.ResumeNotification(campaign=number),
        )

    @rule(number=st.integers(1, 3), delivered=st.integers(0, 10))
    def campaign_over(self, number, delivered):
        if number in self.state.campaigns and self.state.campaigns[number].wanted != "planned":
            counts = {"delivered": delivered, "refused": 10 - delivered}
            settled = CampaignSettled(counts=counts, merkle_root="c" * 64)
            self.word("campaign", c.CampaignWord(campaign=number, settled=settled))

    @rule(published=st.booleans())
    def announce(self, published):
        self.command(c.DraftAnnouncement())
        number = len(self.state.announcements)
        if number:
            self.word("announce", c.AnnouncementWord(announcement=number, sha256="d" * 64))
            self.command(c.Approve(subject=f"announcement/{number}", sha256="d" * 64), "ben")
            self.command(c.PublishAnnouncement(announcement=number))
            if published and self.state.announcements[number].released:
                word = c.AnnouncementWord(announcement=number, sha256="d" * 64, path="a.html")
                self.word("announce", word)

    @rule(channel=st.sampled_from(["email", "in_person"]), receipted=st.booleans())
    def refer(self, channel, receipted):
        keys = self.open_keys("referral")
        if keys:
            self.command(c.DraftReferral(authority="psb-county", duties=keys))
            number = len(self.state.referrals)
            if not number:
                return
            self.word("referral", c.DossierWord(referral=number, sha256="e" * 64))
            self.command(c.Approve(subject=f"referral/{number}", sha256="e" * 64), "cai")
            self.command(c.FileReferral(referral=number, channel=channel))
            if receipted:
                order = c.RecordReferralReceipt(referral=number, number="P-1", received_at=self.now)
                self.command(order)

    @rule(hours=st.integers(1, 100))
    def advance(self, hours):
        before = self.state.offset
        self.command(c.AdvanceTime(by=timedelta(hours=hours)))
        self.now += self.state.offset - before

    @rule(operator=OPERATORS)
    def close(self, operator):
        self.command(c.CloseIncident(), operator)

    @precondition(lambda self: self.state.phase != "closed" and len(self.history) > 90)
    @rule()
    def close_by_the_book(self):
        """Settle everything that is owed, one by one, and close: it must always be possible."""
        self.command(c.Triage(confirmed=False))
        for key, duty in self.state.duties.items():
            if not duty.settled:
                subject = f"withdraw/{key}"
                self.command(c.Approve(subject=subject, sha256=content(self.state, subject)), "ben")
                self.command(c.WithdrawDuties(duties=(duty.key,)))
        for item in blockers(self.state):
            assert item.command.startswith("tocsin ")
        if not blockers(self.state):
            self.command(c.Approve(subject="close", sha256=content(self.state, "close")), "ben")
            self.command(c.CloseIncident())
            assert self.state.phase == "closed"

    @invariant()
    def settled_duties_stay_settled(self):
        for key, before in self.settled.items():
            after = self.state.duties[key]
            assert (after.status, after.evidence) == (before.status, before.evidence)
        self.settled = {key: duty for key, duty in self.state.duties.items() if duty.settled}

    @invariant()
    def nothing_owed_is_closed(self):
        if self.state.phase == "closed":
            assert blockers(self.state) == ()
            assert all(duty.settled for duty in self.state.duties.values())

    @invariant()
    def facts_are_complete_and_in_order(self):
        assert [fact.version for fact in self.history] == list(range(1, len(self.history) + 1))
        recorded = {fact.body.name for fact in self.history if isinstance(fact.body, f.FactRecorded)}
        assert recorded == set(self.state.facts)

    @invariant()
    def what_must_be_done_can_be_derived(self):
        for effect in outstanding(self.state, BOOK):
            assert effect.key
        for duty in self.state.duties.values():
            order = clock_order(self.state, duty)
            assert order is None or (order.settled is not None) == duty.settled
        for campaign in self.state.campaigns.values():
            assert campaign_order(self.state, campaign).offset == self.state.offset
        for referral in self.state.referrals.values():
            assert referral_order(self.state, referral).offset == self.state.offset

    def teardown(self):
        written = [read(fact.line()) for fact in self.history]
        assert fold(OPENING.incident, written) == self.state


Incident.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestIncident = Incident.TestCase
