"""What a notification's plan says: people, time, cost, samples, and whether the deadline can be met."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from cli.hand import Hand
from cli.output import write, write_table
from cli.stop import Exit, Stop
from cli.times import shown, span
from service.reading import Reading

if TYPE_CHECKING:
    from domain.outlook import Leg, Option
    from service.outlook import Outlook


def planned(hand: Hand, number: int) -> "Outlook":
    """Plan a campaign whose audience is frozen.

    Raises:
        Stop: there is no such campaign, its audience is not counted yet, or its playbook is not here.
        SettingsError: the settings cannot be used.

    """
    from service.library import plan_of  # noqa: PLC0415 - reading a playbook takes its libraries
    from service.outlook import frozen_audience, outlook  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    campaign = hand.state.campaigns.get(number)
    frozen = frozen_audience(Reading(hand.place), hand.state.incident, number) if campaign else None
    if campaign is None or frozen is None:
        raise Stop(
            "cli.not_found", f"{hand.state.incident} has no planned campaign {number}.", Exit.NOT_FOUND
        )
    playbook = plan_of(hand.state)
    if playbook is None:
        raise Stop("cli.not_found", "The incident's playbook is not here any more.", Exit.NOT_FOUND)
    return outlook(hand.state, campaign, frozen, playbook.notification, load(), hand.now)


def show(plan: "Outlook", zone: tzinfo | None, now: datetime) -> None:
    """Print a plan for a person."""
    write_table(
        ("channel", "people", "messages", "last one out", "waits for", "cost"),
        (_leg(leg) for leg in plan.legs),
        title=f"campaign {plan.campaign}: {plan.people:,} people, {plan.set_aside:,} rows set aside",
    )
    write_table(
        ("route", "people"),
        ((route, f"{people:,}") for route, people in plan.waterfall.items()),
        title="waterfall",
    )
    write_table(
        ("language", "people"),
        ((name, f"{people:,}") for name, people in plan.languages.items()),
        title="languages",
    )
    write_table(
        ("kind", "people"),
        ((name, f"{people:,}") for name, people in plan.kinds.items()),
        title="kinds of readers",
    )
    for sample in plan.samples:
        size = (
            f" · {sample.alphabet}, {sample.messages} segments, {sample.most_messages} with the longest name"
            if sample.alphabet
            else ""
        )
        write(f"── {sample.channel} {sample.language} {sample.kind}{size}")
        if sample.subject:
            write(sample.subject)
        write(sample.text.rstrip())
        write("")
    for sentence in said(plan, zone, now):
        write(sentence)


def _leg(leg: "Leg") -> tuple[str, ...]:
    took = "no budget" if leg.seconds is None else _span(leg.seconds)
    cost = [f"{amount:,.2f} {currency}" for currency, amount in leg.cost.items()]
    if leg.unpriced:
        cost.append(f"{leg.unpriced:,} without a price")
    return (
        leg.channel,
        f"{leg.people:,}",
        f"{leg.messages:,.0f}",
        took,
        leg.bound or "–",
        ", ".join(cost) or "–",
    )


def said(plan: "Outlook", zone: tzinfo | None, now: datetime) -> Iterator[str]:
    """The plan's sentences: whom nothing reaches, time, cost, the deadline and what would meet it."""
    yield from _of_kinds(plan)
    if plan.unreachable or plan.broken:
        yield (
            f"{plan.unreachable:,} people have no channel and {plan.broken:,} rows are broken: whom no "
            "message reaches is owed a public announcement, and the duty stays open until one is out "
            "(tocsin announce draft)."
        )
    if plan.seconds is None:
        without = ", ".join(leg.channel for leg in plan.legs if leg.seconds is None)
        yield f"How long it takes cannot be told: TOCSIN_BUDGETS has none that settles {without}."
    else:
        yield (
            f"The last message leaves {_span(plan.seconds)} after the start; receipts are waited for "
            f"{_span(plan.settle_seconds)} more."
        )
    if plan.cost:
        total = ", ".join(f"{amount:,.2f} {currency}" for currency, amount in plan.cost.items())
        rest = f", and {plan.unpriced:,} messages without a price" if plan.unpriced else ""
        yield f"It costs about {total}{rest}."
    for deadline in plan.deadlines:
        whose = "the law's deadline" if deadline.legal else "our own target"
        until = f"{deadline.duty}: {whose} {shown(deadline.due_at, zone)}"
        answer = {True: "can be met", False: "cannot be met", None: "is not known to be met"}[deadline.met]
        yield f"{until} {answer}, if it starts now ({shown(now, zone)})."
    for option in plan.remedies:
        yield _remedy(option)
    if any(deadline.met is False for deadline in plan.deadlines) and not plan.remedies:
        yield "No number of senders and no other order of channels would meet it; announce it publicly now."


def _of_kinds(plan: "Outlook") -> Iterator[str]:
    """What concerns children, those who answer for them, and organisations."""
    if plan.unguarded:
        yield (
            f"{plan.unguarded:,} minors have no guardian in the list: who answers for them is not told and "
            "is owed a public announcement, unless a list that names them is told instead."
        )
    for fact in plan.unrecorded:
        who = "organisations" if fact == "harms_organisations" else "minors or their guardians"
        yield (
            f"The list has {who}, and {fact} is not recorded as true: what they are owed is worked out from "
            "it (tocsin fact set)."
        )
    for why in plan.unworded:
        yield f"Aliyun sends them no text message, they begin on the next channel: {why}."


def _remedy(option: "Option") -> str:
    took = _span(option.seconds)
    if option.what == "senders":
        return f"With {option.senders} senders on {option.channel} the last message leaves after {took}."
    return (
        f"With {option.channel} last, for whoever has another channel, the last message leaves after {took}."
    )


def _span(seconds: float) -> str:
    return span(timedelta(seconds=seconds)) if seconds >= 60 else f"{seconds:.0f} s"  # noqa: PLR2004 - a minute
