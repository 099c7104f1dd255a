"""What telling a frozen audience takes, from the record and the settings: what a person decides on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from domain.campaign import AudienceFrozen
from domain.fact import read
from domain.groups import Group
from domain.ids import campaign_stream
from domain.kind import GUARDIAN, KINDS, MINOR, ORGANISATION, Kind
from domain.letter import LANGUAGES, Case, Letter
from domain.line import Instant
from domain.model import Value
from domain.organisation import Organisation
from domain.outlook import Leg, Option, Price, finished, legs, remedies
from domain.playbook import Notification, Words
from domain.segments import segments
from domain.state import Campaign, State
from playbooks.messages import Messages
from service.budgets import budgets
from service.reading import Reading
from service.settings import Settings
from service.text_messages import unusable

# People who do not exist; a sample never shows one who does.
SAMPLE_NAMES = dict(zip(LANGUAGES, ("张示例", "Alex Example"), strict=True))
SAMPLE_ORGANISATIONS = dict(zip(LANGUAGES, ("示例有限公司", "Example Ltd."), strict=True))
# What the law goes by where somebody of a kind is to be told.
OWED_BY: Mapping[Kind, str] = {
    MINOR: "minors",
    GUARDIAN: "minors",
    ORGANISATION: "harms_organisations",
}
LONGEST_NAME = 100


class Sample(Value):
    """A message as it would be read; `most_messages` are the text messages that the longest name takes."""

    channel: str
    language: str
    kind: Kind
    subject: str
    text: str
    alphabet: str = ""
    messages: int = 1
    most_messages: int = 1


class Deadline(Value):
    """Until when people must be told, by law or by our own target; `met` is None where nobody can tell."""

    duty: str
    due_at: Instant
    legal: bool
    met: bool | None


class Outlook(Value):
    """A campaign's plan in figures.

    `unguarded` counts minors of whom no guardian is known; `unrecorded` names facts that the law goes by for
    kinds of readers in the list, and that are not recorded as true; `unworded` says for whom a provider has
    no approved wording.
    """

    campaign: int
    people: int
    set_aside: int
    broken: int
    unreachable: int
    unguarded: int
    announcement_owed: bool
    channels: dict[str, int]
    languages: dict[str, int]
    kinds: dict[str, int]
    waterfall: dict[str, int]
    legs: tuple[Leg, ...]
    seconds: float | None
    settle_seconds: float
    cost: dict[str, Decimal]
    unpriced: int
    samples: tuple[Sample, ...]
    unrecorded: tuple[str, ...]
    unworded: tuple[str, ...]
    deadlines: tuple[Deadline, ...]
    remedies: tuple[Option, ...]


def frozen_audience(reading: Reading, incident: str, number: int) -> AudienceFrozen | None:
    """The counted audience of a campaign, from its own stream; None where there is none yet."""
    for line in reading.lines(campaign_stream(incident, number)):
        body = read(line).body
        if isinstance(body, AudienceFrozen):
            return body
    return None


def outlook(  # noqa: PLR0913, PLR0917 - the record's part, the settings' part, and the time
    state: State,
    campaign: Campaign,
    frozen: AudienceFrozen,
    notification: Notification,
    settings: Settings,
    now: datetime,
) -> Outlook:
    """Plan a campaign with the budgets and prices of the settings.

    Raises:
        KeyError: there is no such message among the templates.

    """
    groups = _groups(frozen)
    known = budgets(settings)
    channels = notification.channels
    samples = _samples(state, campaign, groups, channels, settings)
    units: dict[tuple[str, str, str], int] = {
        (each.channel, each.language, each.kind): each.messages for each in samples
    }
    planned = legs(groups, channels, known, _prices(settings), units)
    time = finished(planned)
    deadlines = _deadlines(state, campaign, time, now)
    late = [deadline for deadline in deadlines if deadline.met is False]
    cost: dict[str, Decimal] = {}
    for leg in planned:
        for currency, amount in leg.cost.items():
            cost[currency] = cost.get(currency, Decimal()) + amount
    return Outlook(
        campaign=campaign.number,
        people=frozen.total,
        set_aside=frozen.rejected,
        broken=frozen.broken,
        unreachable=frozen.unreachable,
        unguarded=frozen.unguarded,
        announcement_owed=bool(frozen.unreachable or frozen.broken or frozen.unguarded),
        channels={leg.channel: leg.people for leg in planned},
        languages=_counted({group.language: group.people} for group in groups),
        kinds=_counted({group.kind: group.people} for group in groups),
        waterfall=_counted({" → ".join(group.route) or "nobody": group.people} for group in groups),
        legs=planned,
        seconds=None if time is None else time.total_seconds(),
        settle_seconds=notification.settle.total_seconds(),
        cost=cost,
        unpriced=sum(leg.unpriced for leg in planned),
        samples=samples,
        unrecorded=_unrecorded(state, groups),
        unworded=tuple(_unworded(campaign, samples, settings)),
        deadlines=deadlines,
        remedies=remedies(groups, channels, known, min(each.due_at for each in late) - now) if late else (),
    )


def _groups(frozen: AudienceFrozen) -> tuple[Group, ...]:
    """The groups; an audience that was frozen before there were any is known by its channels only."""
    if frozen.groups:
        return frozen.groups
    return tuple(
        Group(route=(channel,), language=LANGUAGES[0], people=people)
        for channel, people in frozen.channels.items()
    )


def _prices(settings: Settings) -> dict[str, list[Price]]:
    prices: dict[str, list[Price]] = {}
    for channel, listed in settings.prices.items():
        for prefix, money in listed.items():
            amount, _, currency = money.partition(" ")
            begins = "" if prefix == "*" else prefix
            prices.setdefault(channel, []).append(
                Price(prefix=begins, amount=Decimal(amount), currency=currency)
            )
    return prices


def _samples(
    state: State, campaign: Campaign, groups: Sequence[Group], channels: Sequence[str], settings: Settings
) -> tuple[Sample, ...]:
    messages = Messages(Words(zh=settings.contact.zh, en=settings.contact.en))
    organisation = state.opened.organisation if state.opened else Organisation()
    case = Case(incident=state.incident, facts=state.facts, organisation=organisation, drill=state.drill)
    used = {(channel, group.language, group.kind) for group in groups for channel in group.route}
    return tuple(
        _sample(channel, language, kind, messages.letter(campaign.message, channel, language, case, kind))
        for channel in channels
        for language in LANGUAGES
        for kind in KINDS
        if (channel, language, kind) in used
    )


def _sample(channel: str, language: str, kind: Kind, letter: Letter) -> Sample:
    name = (SAMPLE_ORGANISATIONS if kind == ORGANISATION else SAMPLE_NAMES)[language]
    words = letter.to(name)
    sample = Sample(channel=channel, language=language, kind=kind, subject=words.subject, text=words.text)
    if channel != "sms":
        return sample
    found, most = segments(words.text), segments(letter.to(name[0] * LONGEST_NAME).text)
    sizes = {"alphabet": found.alphabet, "messages": found.messages, "most_messages": most.messages}
    return sample.model_copy(update=sizes)


def _unrecorded(state: State, groups: Sequence[Group]) -> tuple[str, ...]:
    kinds = {group.kind for group in groups}
    wanted = dict.fromkeys(fact for kind, fact in OWED_BY.items() if kind in kinds)
    return tuple(fact for fact in wanted if not ((known := state.facts.get(fact)) and known.value is True))


def _unworded(campaign: Campaign, samples: Iterable[Sample], settings: Settings) -> Iterator[str]:
    texted = [each for each in samples if each.channel == "sms" and each.kind in OWED_BY]
    for each in texted:
        yield from unusable(settings, (campaign.message,), (each.language,), (each.kind,))


def _deadlines(
    state: State, campaign: Campaign, time: timedelta | None, now: datetime
) -> tuple[Deadline, ...]:
    found = []
    for key in campaign.duties:
        duty = state.duties.get(str(key))
        if duty is None or duty.terms.due_at is None or duty.settled:
            continue
        due = duty.terms.due_at
        met = None if time is None else now + time <= due
        if now > due:
            met = False
        found.append(Deadline(duty=str(key), due_at=due, legal=duty.terms.legal, met=met))
    return tuple(sorted(found, key=lambda each: each.due_at))


def _counted(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part)
    return dict(counts.most_common())
