"""The composition root: the settings become a ledger, channels and activities."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from activities.alarm import Ring
from activities.announce import Announce
from activities.audience import Audience
from activities.contain import Contain
from activities.deliver import Deliver
from activities.desk import Desk
from activities.paced import Paced
from activities.record import Record
from activities.refer import Refer
from activities.report import Report
from activities.sources import Sources
from domain.audience import Columns
from domain.outlook import Budget
from domain.playbook import Words
from ledger.master import MasterKey
from ledger.memory import Memory
from notifiers.port import Notifier
from playbooks.forms import FormLibrary
from playbooks.messages import Messages
from playbooks.notices import Notices
from service.budgets import budgets
from service.channels import Channels, channels, mail_domain
from service.judging import Beside
from service.library import Library
from service.people import Mailboxes, People
from service.settings import Settings
from workflows import options


class Role(StrEnum):
    """What a worker does; the value is its task queue."""

    DECIDE = options.DECIDE
    ACT = options.ACT
    DELIVER_MAIL = options.DELIVER_MAIL
    DELIVER_SMS = options.DELIVER_SMS


@dataclass(frozen=True, slots=True)
class Composition:
    """An installation put together: its memory, its books, and what each worker can do."""

    settings: Settings
    memory: Memory
    library: Library
    activities: Mapping[Role, tuple[Callable[..., Any], ...]]


@asynccontextmanager
async def composed(settings: Settings, *, rehearsal: bool = False) -> AsyncIterator[Composition]:
    """Put an installation together for the block, and give everything back after it.

    A rehearsal pairs a drill's own time with real channels. No command composes one but the demo's, whose
    channels lead to endpoints on this machine.

    Raises:
        LedgerUnavailable: the ledger cannot be used now.
        KeyUnavailable: the master key is not here, or not this ledger's.
        PackInvalid: a law pack, playbook, form or template does not hold.
        Misconfigured: a channel's settings cannot work.

    """
    library = Library(settings)
    actions = frozenset(
        step.action for playbook in library.playbooks.values() for step in playbook.steps if step.action
    )
    memory = Memory(settings.place.ledger_url, MasterKey(settings.master_file))
    try:
        async with channels(settings, actions) as ways:
            held = replace(ways, senders=ways.senders.each(partial(_paced, budgets(settings), memory)))
            used = held.paired() if rehearsal else held
            yield Composition(settings, memory, library, _activities(settings, library, memory, used))
    finally:
        memory.close()


def _paced(known: Mapping[str, Budget], memory: Memory, notifier: Notifier) -> Notifier:
    """Hold a channel to its budget, where the settings know one."""
    budget = known.get(notifier.channel)
    return Paced(notifier, budget, memory.pace) if budget else notifier


def sources(settings: Settings) -> Sources:
    """Where lists of people may come from."""
    return Sources({name: each.url.get_secret_value() for name, each in settings.audience_sources.items()})


def _activities(
    settings: Settings, library: Library, memory: Memory, ways: Channels
) -> dict[Role, tuple[Callable[..., Any], ...]]:
    contact = Words(zh=settings.contact.zh, en=settings.contact.en)
    domain = mail_domain(settings)
    letters, forms = Messages(contact), FormLibrary()
    library.see_playbooks(forms, letters.ids)
    titles = library.titles
    desk = Desk(
        forms,
        memory.artefacts,
        ways.senders,
        Mailboxes(settings),
        contact=contact,
        domain=domain,
        titles=titles,
        duties=library.duties,
    )
    report, refer = Report(desk), Refer(desk)
    announce = Announce(Notices(contact), memory.artefacts, ways.publisher, ways.drill_publisher)
    deliver = Deliver(memory.deliveries, memory.keys, ways.senders, letters, domain=domain)
    return {
        Role.DECIDE: (Record(memory.ledger).append,),
        Role.ACT: (
            Ring(People(settings), ways.senders, domain=domain).ring,
            Contain(ways.actions, ways.drill_actions).call,
            report.draft,
            report.send,
            refer.draft,
            refer.send,
            announce.draft,
            announce.publish,
            Audience(
                memory.deliveries,
                memory.keys,
                letters,
                Columns,
                sources(settings).opened,
                judges=Beside(),
                domains={name for budget in settings.budgets.values() for name in budget.domains},
            ).freeze,
            # What a campaign asks last about its doubtful rows is not held up by other campaigns' batches.
            deliver.reconcile,
            deliver.count,
        ),
        Role.DELIVER_MAIL: (deliver.batch, deliver.reconcile),
        Role.DELIVER_SMS: (deliver.batch, deliver.reconcile),
    }
