"""The notifiers of an installation: those that the settings name, and the recording ones of drills."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from activities.senders import Senders
from notifiers.action import Action, Endpoint, HttpAction
from notifiers.dkim import Signature
from notifiers.email import EmailNotifier
from notifiers.im import Group, ImNotifier
from notifiers.im_both import GroupsAndPersons
from notifiers.mime import Sender
from notifiers.notice import Publisher
from notifiers.port import Notifier
from notifiers.recording import RecordingAction, RecordingNotifier
from notifiers.smtp_pool import Driver, Relay, Tls
from notifiers.voice import VoiceNotifier
from notifiers.wecom import WecomApp, WecomNotifier
from service import settings_parts as parts
from service.publishing import drill_publisher, publisher
from service.settings import Settings
from service.text_messages import text_messages, twilio_account

CHANNELS = ("email", "sms", "voice", "im")


@dataclass(frozen=True, slots=True)
class Channels:
    """Everything that reaches the outside world, real and recording side by side."""

    senders: Senders
    actions: Mapping[str, Action]
    drill_actions: Mapping[str, Action]
    publisher: Publisher
    drill_publisher: Publisher

    def paired(self) -> "Channels":
        """Give drills the real channels, for roots whose channels lead to local endpoints."""
        return Channels(
            senders=self.senders.paired(),
            actions=self.actions,
            drill_actions=self.actions,
            publisher=self.publisher,
            drill_publisher=self.publisher,
        )


@asynccontextmanager
async def channels(settings: Settings, drill_actions: frozenset[str]) -> AsyncIterator[Channels]:
    """Open every channel for the block; a drill's write into `outbox` in the data directory.

    Args:
        settings: of the installation.
        drill_actions: names of actions that a drill may call: what the playbook names.

    Raises:
        Misconfigured: a channel's settings cannot work.

    """
    outbox = settings.data_dir / "outbox"
    async with AsyncExitStack() as stack:
        real = {each.channel: await stack.enter_async_context(each) for each in _real(settings)}
        recording: dict[str, Notifier] = {
            name: await stack.enter_async_context(RecordingNotifier(name, outbox)) for name in CHANNELS
        }
        actions: dict[str, Action] = {
            name: await stack.enter_async_context(HttpAction(_endpoint(action)))
            for name, action in settings.actions.items()
        }
        recorder = RecordingAction(outbox)
        yield Channels(
            senders=Senders(real, recording),
            actions=actions,
            drill_actions=dict.fromkeys(drill_actions | settings.actions.keys(), recorder),
            publisher=await stack.enter_async_context(publisher(settings)),
            drill_publisher=await stack.enter_async_context(drill_publisher(settings, outbox)),
        )


def mail_domain(settings: Settings) -> str:
    """The right side of our Message-IDs: the domain that our mail is from."""
    return settings.email.sender.rpartition("@")[2] if settings.email else "tocsin.invalid"


def _real(settings: Settings) -> list[Notifier]:
    found: list[Notifier] = []
    if settings.email:
        found.append(mail(settings.email))
    if (sms := text_messages(settings)) is not None:
        found.append(sms)
    if settings.voice:
        found.append(VoiceNotifier(twilio_account(settings.voice, settings.public_url)))
    if settings.im or settings.wecom:
        found.append(_chat(settings))
    return found


def relay(email: parts.Email) -> Relay:
    """The SMTP relay as the settings describe it."""
    return Relay(
        host=email.host,
        port=email.port,
        tls=Tls(email.tls),
        username=email.user,
        password=email.password.get_secret_value(),
        ca_file=email.ca_file,
        connections=email.connections,
        driver=Driver(email.driver),
    )


def mail_sender(email: parts.Email) -> Sender:
    """Whom our mail is from, as the settings say it."""
    return Sender(
        address=email.sender,
        name=email.sender_name,
        reply_to=email.reply_to,
        return_path=email.return_path,
    )


def mail(email: parts.Email) -> EmailNotifier:
    """The e-mail channel, as the settings say it; not yet open."""
    dkim = email.dkim
    signature = Signature(dkim.domain, dkim.selector, dkim.key_file) if dkim else None
    return EmailNotifier(relay(email), mail_sender(email), signature=signature)


def _chat(settings: Settings) -> Notifier:
    groups = ImNotifier([Group(handle, url.get_secret_value()) for handle, url in settings.im.items()])
    wecom = settings.wecom
    if wecom is None:
        return groups
    app = WecomApp(
        wecom.corp_id, wecom.agent_id, wecom.secret.get_secret_value(), concurrency=wecom.concurrency
    )
    persons = WecomNotifier(replace(app, base_url=wecom.api_base) if wecom.api_base else app)
    return GroupsAndPersons(groups, frozenset(settings.im), persons)


def _endpoint(action: parts.Action) -> Endpoint:
    return Endpoint(
        url=action.url,
        undo_url=action.undo_url or "",
        bearer=action.token.get_secret_value() if action.token else "",
    )
