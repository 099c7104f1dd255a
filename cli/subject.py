"""What a second person agrees to, said in words."""

from datetime import datetime

from cli import values
from cli.duty_keys import duty_of
from domain.approval import extension_subject
from domain.line import instant
from domain.state import State


def spread(state: State, subject: str) -> list[str]:
    """Spread `withdraw` over every duty that is proposed for withdrawal; anything else stays itself."""
    if subject != "withdraw":
        return [subject]
    return [f"withdraw/{key}" for key, duty in state.duties.items() if duty.status == "proposed"]


def described(state: State, subject: str, now: datetime) -> tuple[str, str]:
    """Complete a subject whose duty was cut short, and say in words what it is."""
    kind, _, rest = subject.partition("/")
    if kind == "extend" and "=" in rest:
        named, _, until = rest.partition("=")
        return _extension(state, named, until, now)
    if kind in {"withdraw", "settle"} and rest:
        duty = duty_of(state, rest)
        why = f" ({duty.reason})" if duty.reason else ""
        verb = "letting go" if kind == "withdraw" else "settling by hand"
        return f"{kind}/{duty.key}", f"{verb} the duty {duty.key} {duty.title}{why};"
    number = int(rest) if rest.isdecimal() else 0
    what = {
        "report": lambda: _report(state, number),
        "campaign": lambda: _campaign(state, number),
        "announcement": lambda: f"publishing announcement {number};",
        "referral": lambda: _referral(state, number),
        "fact": lambda: f"recording {rest};",
        "adopt": lambda: f"going by the law packs {rest} instead of {state.packs_digest};",
        "byhand": lambda: _by_hand(rest),
        "close": lambda: f"closing {state.incident} as its duties stand;",
    }.get(kind)
    return subject, what() if what else f"{subject};"


def _by_hand(rest: str) -> str:
    campaign, _, more = rest.partition("/")
    told, _, sha256 = more.partition("/")
    return f"counting {told} people of campaign {campaign} as told by hand, by the list {sha256[:12]}…;"


def _extension(state: State, duty: str, until: str, now: datetime) -> tuple[str, str]:
    found, due = duty_of(state, duty), values.at(until, now)
    before = f" from {instant(found.terms.due_at)}" if found.terms.due_at else ""
    what = f"moving the deadline of {found.key} {found.title}{before} to {instant(due)};"
    return extension_subject(found.key, due), what


def _report(state: State, number: int) -> str:
    report = state.reports.get(number)
    if report is None:
        return f"report {number};"
    keys = ", ".join(str(key) for key in report.duties)
    lacks = f", without {', '.join(report.missing)}" if report.missing else ""
    return f"report {number}, {report.form} ({report.stage}), for {keys}{lacks};"


def _campaign(state: State, number: int) -> str:
    campaign = state.campaigns.get(number)
    if campaign is None or campaign.planned is None:
        return f"campaign {number};"
    plan = campaign.planned
    channels = ", ".join(f"{name} {count:,}" for name, count in plan.channels.items())
    unguarded = f", {plan.unguarded:,} minors without a guardian" if plan.unguarded else ""
    return (
        f"telling {plan.total:,} people by message {campaign.message} ({channels}), "
        f"{plan.unreachable:,} without a channel, {plan.rejected:,} rows set aside{unguarded};"
    )


def _referral(state: State, number: int) -> str:
    referral = state.referrals.get(number)
    return f"referral {number} to {referral.authority};" if referral else f"referral {number};"
