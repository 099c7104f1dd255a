"""Whatever people, clocks and channels do, in any order: nothing is lost, reopened or closed too early."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain import commands as c
from domain import facts as f
from domain.alert import Alert, Observation
from domain.approval import TWO_PERSONS, content, extension_subject, fact_subject
from domain.campaign import AudienceFrozen, CampaignSettled
from domain.closing import blockers
from domain.decide import decide, hear, observe
from domain.effects import outstanding
from domain.evidence import Evidence
from domain.evolve import evolve, fold
from domain.fact import Fact, read
from domain.next_action import next_action
from domain.orders import campaign_order, clock_order, referral_order
from domain.organisation import Organisation
from domain.playbook import Playbook
from domain.refusal import Refused
from domain.rules_duty import GRADING
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
REASONS = st.sampled_from(["because", ""])
LEAK = {
    "persons_affected": 1_204_331,
    "personal_information": "leaked",
    "cii_affected": False,
    "crime_suspected": True,
}
NOBODY = f.DutyKey(duty="NONE", authority="nobody")
EVIDENCE = Evidence(means="record", reference="book", at=NOW, by="ana")
NONSENSE = (
    c.RecordFacts(values={"confirmed": True}),
    c.RecordFacts(values={"moon_phase": "full"}),
    c.RecordFacts(values={"aware_at": "2126-01-01T00:00:00Z"}, basis="a slip"),
    c.DraftReport(form="x", duties=(NOBODY,)),
    c.DraftReport(form="x", duties=(GRADING,)),
    c.FileReport(report=99, channel="email"),
    c.RecordReceipt(report=99, number="1", received_at=NOW, channel="fax"),
    c.WithdrawDuties(duties=(NOBODY,)),
    c.WithdrawDuties(duties=(GRADING,)),
    c.ExtendDuty(duty=GRADING, due_at=NOW + timedelta(days=999)),
    c.SettleDuty(duty=NOBODY, evidence=EVIDENCE),
    c.StartNotification(campaign=99),
    c.PublishAnnouncement(announcement=99),
    c.RecordByHand(campaign=99, means="letter", told=1, sha256="b" * 64),
    c.ReviseAnnouncement(announcement=99, standing="withdrawn", zh="误报", en="A false alarm."),
    c.FileReferral(referral=99, channel="fax"),
    c.AdvanceTime(by=-timedelta(hours=1)),
)
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
        self.running: dict[str, datetime] = {}
        self.opened: dict[str, Duty] = {}
        self.refusals: list[Refused] = []

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
            self.refusals.append(refused)
            return
        self.take(facts)
        assert decide(self.state, command, self.now, BOOK) == ()

    def word(self, component, word):
        heard = c.Heard(component=component, word=word)
        self.take(hear(self.state, heard, self.now, BOOK))
        assert hear(self.state, heard, self.now, BOOK) == ()

    def open_keys(self, by=None):
        return tuple(
            d.key
            for d in self.state.duties.values()
            if by in {None, d.by} and not d.settled and d.key != GRADING
        )

    def agree(self, subject, operator="ben"):
        self.command(c.Approve(subject=subject, sha256=content(self.state, subject) or "0" * 64), operator)

    def numbers(self, shelf, fits=bool):
        return [number for number, each in getattr(self.state, shelf).items() if fits(each)]

    @initialize(severity=st.integers(1, 5), so_far=st.sampled_from([0, 1, 2, 3, 3, 3]))
    def open(self, severity, so_far):
        """Start anywhere between the first alert and a leak with its plan in force."""
        self.command(c.ActivatePlan())
        self.alert("first", 0, severity)
        if so_far:
            self.command(c.Triage(confirmed=True))
        if so_far > 1:
            self.command(c.RecordFacts(values=LEAK, basis="seen"))
        if so_far > 2:
            self.command(c.ActivatePlan())

    @rule(finding=st.sampled_from("abc"), revision=st.integers(0, 3), severity=st.integers(1, 5))
    def alert(self, finding, revision, severity):
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
        observation = Observation(alerts=(alert, alert))
        if self.state.phase == "closed" and self.state.findings.get(finding, -1) < revision:
            with pytest.raises(Refused, match="follow-up"):
                observe(self.state, observation, self.now, BOOK)
            return
        self.take(observe(self.state, observation, self.now, BOOK))
        assert observe(self.state, observation, self.now, BOOK) == ()

    @rule(facts=st.lists(FACTS, min_size=1, max_size=4), basis=st.sampled_from(["seen", "seen", ""]))
    def record(self, facts, basis):
        self.command(c.RecordFacts(values=dict(facts), basis=basis), reason="")

    @rule(name=st.sampled_from(sorted(TWO_PERSONS)), operator=OPERATORS)
    def switch_off(self, name, operator):
        self.agree(fact_subject(name), operator)
        self.command(c.RecordFacts(values={name: TWO_PERSONS[name]}, basis="seen"))

    @rule(confirmed=st.sampled_from([True, True, True, False]), reason=st.sampled_from(["because", ""]))
    def triage(self, confirmed, reason):
        self.command(c.Triage(confirmed=confirmed), reason=reason)

    @rule()
    def activate(self):
        self.command(c.ActivatePlan())

    @rule(
        step=st.sampled_from(["isolate", "isolate", "restore", "bury"]),
        to=MOVES,
        reason=st.sampled_from(["r", ""]),
    )
    def step(self, step, to, reason):
        self.command(c.AdvanceStep(step=step, to=to), reason=reason)

    @rule(ok=st.booleans(), attempt=st.integers(0, 2))
    def step_word(self, ok, attempt):
        undo = self.state.steps.get("isolate") == "undoing"
        self.word("step", c.StepWord(step="isolate", ok=ok, undo=undo, code="200", attempt=attempt))

    @precondition(lambda self: self.open_keys("report"))
    @rule(data=st.data(), words=st.lists(st.sampled_from(["drawn", "failed", "agreed"]), max_size=3))
    def draft(self, data, words):
        keys = data.draw(st.lists(st.sampled_from(self.open_keys("report")), min_size=1, max_size=2))
        self.command(c.DraftReport(form="ncirm-7", duties=tuple(keys)))
        for number in self.numbers("reports")[-1:]:
            for word in words:
                sha256 = f"{number:064}" if word == "drawn" else ""
                missing = ("cause",) if len(words) > 2 else ()
                if word == "agreed":
                    self.agree(f"report/{number}")
                elif not self.state.reports[number].sha256:
                    code = "no_template" if word == "failed" else ""
                    report = c.ReportWord(report=number, sha256=sha256, missing=missing, code=code)
                    self.word("report", report)

    @precondition(lambda self: self.state.reports)
    @rule(data=st.data(), operator=OPERATORS, channel=st.sampled_from(["email", "portal"]), ok=st.booleans())
    def file(self, data, operator, channel, ok):
        number = data.draw(st.sampled_from(self.numbers("reports")))
        self.command(c.FileReport(report=number, channel=channel), operator, data.draw(REASONS))
        if data.draw(st.booleans()):
            self.word("filing", c.FilingWord(report=number, ok=ok, code="250"))

    @precondition(lambda self: self.state.reports)
    @rule(data=st.data(), minutes=st.integers(-600, 5))
    def receipt(self, data, minutes):
        filed = self.numbers("reports", lambda report: report.filed) or self.numbers("reports")
        at = self.now + timedelta(minutes=minutes)
        number = data.draw(st.sampled_from(filed))
        self.command(c.RecordReceipt(report=number, number="R-1", received_at=at, channel="portal"))

    @rule(
        subject=st.sampled_from(
            ["report/1", "campaign/1", "announcement/1", "referral/1", "close", "moon/1"]
        ),
        operator=OPERATORS,
    )
    def approve(self, subject, operator):
        self.agree(subject, operator)

    @precondition(lambda self: self.open_keys())
    @rule(data=st.data(), alone=st.booleans(), reason=st.sampled_from(["because", ""]))
    def withdraw(self, data, alone, reason):
        key = data.draw(st.sampled_from(self.open_keys()))
        if not alone:
            self.agree(f"withdraw/{key}")
        self.command(c.WithdrawDuties(duties=(key,)), reason=reason)

    @precondition(lambda self: self.open_keys())
    @rule(data=st.data(), hours=st.integers(-1, 90), reason=st.sampled_from(["because", ""]))
    def extend(self, data, hours, reason):
        key = data.draw(st.sampled_from(self.open_keys()))
        if data.draw(st.booleans()):
            self.agree(extension_subject(key, self.now + timedelta(hours=hours)))
        self.command(c.ExtendDuty(duty=key, due_at=self.now + timedelta(hours=hours)), reason=reason)

    @rule(hours=st.integers(-9, 90), by=st.sampled_from(["record", "report"]))
    def request(self, hours, by):
        order = c.RecordRequest(
            authority="cac-provincial",
            what="the logs",
            received_at=self.now - timedelta(hours=5),
            due_at=self.now + timedelta(hours=hours),
            by=by,
        )
        self.command(order)

    @precondition(lambda self: self.open_keys())
    @rule(data=st.data(), agreed=st.booleans())
    def settle_by_hand(self, data, agreed):
        key = data.draw(st.sampled_from(self.open_keys()))
        evidence = Evidence(means="record", reference="book", at=self.now, by="ana")
        if agreed:
            self.agree(f"settle/{key}")
        self.command(c.SettleDuty(duty=key, evidence=evidence))

    @rule(data=st.data())
    def lapse(self, data):
        if self.state.duties:
            key = self.state.duties[data.draw(st.sampled_from(sorted(self.state.duties)))].key
            self.word("clock", c.ClockLapsedWord(key=key, at=self.now))
            if data.draw(st.booleans()):
                self.word("clock", c.ClockLostWord(keys=(key,)))
            self.word("clock", c.ClockArmedWord(keys=(key,)))

    @precondition(lambda self: self.open_keys("notify"))
    @rule(
        message=st.sampled_from(["leak", "leak", "leak", "gossip"]),
        frozen=st.sampled_from([True, True, False]),
    )
    def notify(self, message, frozen):
        order = c.PlanNotification(
            audience="list.csv", sha256="a" * 64, message=message, duties=self.open_keys("notify")
        )
        self.command(order)
        for number in self.numbers("campaigns")[-1:]:
            if frozen:
                counted = AudienceFrozen(
                    sha256="b" * 64, total=10, rejected=1, unreachable=2, channels={"sms": 8}
                )
                self.word("campaign", c.AudienceWord(campaign=number, frozen=counted))
            else:
                self.word("campaign", c.AudienceWord(campaign=number, code="bad_header"))

    @precondition(lambda self: self.state.campaigns)
    @rule(data=st.data(), agreed=st.booleans(), held=st.booleans(), delivered=st.sampled_from([None, 7, 10]))
    def steer(self, data, agreed, held, delivered):
        number = data.draw(st.sampled_from(self.numbers("campaigns")))
        kind = data.draw(
            st.sampled_from(
                [c.StartNotification, c.StartNotification, c.PauseNotification, c.ResumeNotification]
            )
        )
        if agreed:
            self.agree(f"campaign/{number}")
        self.command(kind(campaign=number))
        if held:
            self.word("campaign", c.CampaignHeldWord(campaign=number, reason="canary_failed"))
        if delivered and self.state.campaigns[number].wanted != "planned":
            counts = {"delivered": delivered, "refused": 10 - delivered}
            settled = CampaignSettled(counts=counts, merkle_root="c" * 64)
            self.word("campaign", c.CampaignWord(campaign=number, settled=settled))

    @rule(
        data=st.data(), drawn=st.sampled_from([True, True, False]), agreed=st.booleans(), public=st.booleans()
    )
    def announce(self, data, drawn, agreed, public):
        keys = data.draw(st.sampled_from([(), self.open_keys("notify")[:1]]))
        self.command(c.DraftAnnouncement(duties=keys))
        for number in self.numbers("announcements")[-1:]:
            sha256, code = ("d" * 64, "") if drawn else ("", "no_template")
            self.word("announce", c.AnnouncementWord(announcement=number, sha256=sha256, code=code))
            if agreed:
                self.agree(f"announcement/{number}")
            self.command(c.PublishAnnouncement(announcement=number))
            if self.state.announcements[number].released:
                path, code = ("a.html", "") if public else ("", "disk_full")
                word = c.AnnouncementWord(announcement=number, sha256="e" * 64, path=path, code=code)
                self.word("announce", word)

    @precondition(lambda self: self.state.announcements)
    @rule(data=st.data(), standing=st.sampled_from(["corrected", "withdrawn"]), agreed=st.booleans())
    def revise_an_announcement(self, data, standing, agreed):
        followed = data.draw(st.sampled_from(self.numbers("announcements")))
        order = c.ReviseAnnouncement(announcement=followed, standing=standing, zh="人数更正", en="Corrected.")
        self.command(order)
        number = self.numbers("announcements")[-1]
        self.word("announce", c.AnnouncementWord(announcement=number, sha256="d" * 64))
        if agreed:
            self.agree(f"announcement/{number}")
        self.command(c.PublishAnnouncement(announcement=number))
        if self.state.announcements[number].released:
            self.word("announce", c.AnnouncementWord(announcement=number, sha256="e" * 64, path="a.html"))

    @precondition(lambda self: self.open_keys("referral"))
    @rule(drawn=st.sampled_from([True, True, False]))
    def draft_referral(self, drawn):
        self.command(c.DraftReferral(authority="psb-county", duties=self.open_keys("referral")))
        for number in self.numbers("referrals")[-1:]:
            sha256, code = ("e" * 64, "") if drawn else ("", "no_template")
            self.word("referral", c.DossierWord(referral=number, sha256=sha256, code=code))

    @precondition(lambda self: self.state.referrals)
    @rule(
        data=st.data(),
        channel=st.sampled_from(["email", "in_person"]),
        failed=st.booleans(),
        agreed=st.booleans(),
    )
    def refer(self, data, channel, failed, agreed):
        number = data.draw(st.sampled_from(self.numbers("referrals")))
        if agreed:
            self.agree(f"referral/{number}", "cai")
        self.command(c.FileReferral(referral=number, channel=channel))
        if failed and self.state.referrals[number].filed:
            self.word("referral", c.DossierWord(referral=number, code="smtp.550"))
        if data.draw(st.booleans()):
            self.command(c.RecordReferralReceipt(referral=number, number="P-1", received_at=self.now))

    @rule(order=st.sampled_from(NONSENSE))
    def what_can_never_be(self, order):
        before = self.state
        self.command(order)
        assert self.state == before

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
            assert after.settled
            assert after.evidence == before.evidence
            # Whether it was late is judged anew where the awareness is corrected; nothing else may change.
            assert after.status == before.status or {after.status, before.status} == {"met", "met_late"}
        self.settled = {key: duty for key, duty in self.state.duties.items() if duty.settled}

    @invariant()
    def no_clock_falls_silent(self):
        for key, due in self.running.items():
            duty = self.state.duties[key]
            assert duty.terms.due_at is not None, f"{key} ran to {due}"
        self.running = {key: d.terms.due_at for key, d in self.state.duties.items() if d.terms.due_at}

    @invariant()
    def no_duty_is_ever_gone_and_no_fact_puts_its_deadline_off(self):
        for key, before in self.opened.items():
            terms, extended = self.state.duties[key].terms, self.state.duties[key].extended
            if key == str(GRADING) or before.terms.due_at is None or terms.due_at <= before.terms.due_at:
                continue
            start, known = terms.clock_start, before.terms.clock_start
            # What two persons set while no start was known gives way to the time that counts from one.
            later_start = start and (start > known if known else before.extended)
            assert extended or later_start, f"{key}: {before.terms.due_at} became {terms.due_at}"
        self.opened = dict(self.state.duties)

    @invariant()
    def every_refusal_has_its_sentence_and_code(self):
        for refused in self.refusals:
            assert refused.sentence.strip()
            assert refused.code.replace("_", "").replace("-", "").isalnum()
        self.refusals.clear()

    @invariant()
    def agreements_do_not_pile_up(self):
        given = [(each.subject, each.operator) for each in self.state.approvals]
        assert len(given) == len(set(given))

    @invariant()
    def somebody_knows_what_comes_next(self):
        action = next_action(self.state, self.now, PLAYBOOK)
        assert (action is None) == (self.state.phase == "closed")

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
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestIncident = Incident.TestCase
