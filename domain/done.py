"""What was done about an incident, taken from its state: filings, notices, and what can be shown of them."""

from collections.abc import Iterator

from domain.announced import standing
from domain.line import Instant
from domain.lineage import recipient
from domain.material import Done, EvidenceLine, NoticeLine, ReportLine
from domain.playbook import Words
from domain.state import State


def done(state: State, closed_at: Instant | None = None) -> Done:
    """Sum up what was done about an incident."""
    return Done(
        reports=(*_reports(state), *_referrals(state)),
        notices=(*_campaigns(state), *_announcements(state)),
        evidence=tuple(_evidence(state)),
        closed_at=closed_at,
    )


def _reports(state: State) -> Iterator[ReportLine]:
    for report in state.reports.values():
        if report.filed and not report.failed:
            yield ReportLine(
                number=report.number,
                what=report.stage,
                authority=recipient(state, report),
                sha256=report.sha256,
                channel=report.filed,
                receipt=report.receipt,
                received_at=report.received_at,
            )


def _referrals(state: State) -> Iterator[ReportLine]:
    for referral in state.referrals.values():
        if referral.filed and not referral.failed:
            yield ReportLine(
                number=referral.number,
                what=None,
                authority=referral.authority,
                sha256=referral.sha256,
                channel=referral.filed,
                receipt=referral.receipt,
                received_at=referral.received_at,
            )


def _campaigns(state: State) -> Iterator[NoticeLine]:
    for campaign in state.campaigns.values():
        if campaign.settled:
            yield NoticeLine(number=campaign.number, counts=campaign.settled.counts)


def _announcements(state: State) -> Iterator[NoticeLine]:
    for announcement in standing(state):
        yield NoticeLine(number=announcement.number, path=announcement.path)


def _evidence(state: State) -> Iterator[EvidenceLine]:
    yield EvidenceLine(
        what=Words(
            zh=f"事件台账 {state.stream}，至第 {state.version} 条，告警 {state.alerts} 条",
            en=f"record {state.stream}, up to fact {state.version}, {state.alerts} alerts",
        ),
        by="ledger",
    )
    for report in state.reports.values():
        if report.sha256:
            what = Words(zh=f"报告 {report.number} 定稿", en=f"report {report.number} as frozen")
            yield EvidenceLine(what=what, sha256=report.sha256, by="ledger")
        if report.receipt_sha256:
            what = Words(
                zh=f"报告 {report.number} 的回执 {report.receipt}",
                en=f"receipt {report.receipt} for report {report.number}",
            )
            yield EvidenceLine(
                what=what, sha256=report.receipt_sha256, by=report.receipt_by, at=report.received_at
            )
    for referral in state.referrals.values():
        if referral.receipt_sha256:
            what = Words(zh=f"报案回执 {referral.receipt}", en=f"the police's receipt {referral.receipt}")
            yield EvidenceLine(what=what, sha256=referral.receipt_sha256, by="", at=referral.received_at)
    for announcement in state.announcements.values():
        if announcement.page_sha256:
            what = Words(zh=f"公告 {announcement.path}", en=f"announcement {announcement.path}")
            yield EvidenceLine(what=what, sha256=announcement.page_sha256, by="ledger")
    for campaign in state.campaigns.values():
        if campaign.settled:
            what = Words(
                zh=f"通知批次 {campaign.number} 逐人送达记录的默克尔根",
                en=f"Merkle root over the deliveries of campaign {campaign.number}",
            )
            yield EvidenceLine(what=what, sha256=campaign.settled.merkle_root, by="ledger")
