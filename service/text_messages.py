"""The SMS channel as the settings describe it: one provider, or several by a table of routes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import product

from domain.kind import INDIVIDUAL
from domain.letter import LANGUAGES
from notifiers.aliyun_line import AliyunAccount, Template
from notifiers.aliyun_sms import PREFIX, AliyunSmsNotifier
from notifiers.errors import Misconfigured, Unworded
from notifiers.port import Notifier
from notifiers.routed import Provider, Route, RoutedNotifier
from notifiers.sms import SmsNotifier
from notifiers.twilio_line import TwilioAccount
from service import settings_providers as providers
from service.settings import Settings

_TWILIO = ("SM", "MM")


def text_messages(settings: Settings) -> Notifier | None:
    """The notifier of the SMS channel; None where there is no provider.

    Raises:
        Misconfigured: a provider's settings or a route cannot work.

    """
    found: dict[str, Provider] = {}
    if settings.sms:
        account = twilio_account(settings.sms, settings.public_url)
        found["twilio"] = Provider(SmsNotifier(account), _TWILIO)
    if settings.sms_aliyun:
        found["aliyun"] = Provider(AliyunSmsNotifier(aliyun_account(settings.sms_aliyun)), (PREFIX,))
    if not found and not settings.sms_routes:
        return None
    if found.keys() == {"twilio"} and not settings.sms_routes:
        return found["twilio"].notifier
    routes = [Route(each.prefix, each.providers) for each in settings.sms_routes]
    if not routes:
        routes = [Route("", tuple(found))]
        if len(found) > 1:
            routes = [Route("+86", ("aliyun", "twilio")), Route("", ("twilio",))]
    return RoutedNotifier("sms", found, routes)


def unusable(
    settings: Settings,
    messages: Iterable[str],
    languages: Iterable[str] = LANGUAGES,
    kinds: Iterable[str] = (INDIVIDUAL,),
) -> list[str]:
    """Say of each message, language and kind of reader why Aliyun would not send it.

    There is nothing to say where it is not set up.
    """
    if not settings.sms_aliyun:
        return []
    account = aliyun_account(settings.sms_aliyun)
    found: dict[str, None] = {}
    for message, language, kind in product(messages, languages, kinds):
        try:
            account.template(message, language, kind)
        except (Misconfigured, Unworded) as wrong:
            found[wrong.detail] = None
    return list(found)


def twilio_account(twilio: providers.Twilio, public_url: str) -> TwilioAccount:
    """The account at Twilio as the settings describe it."""
    service = twilio.sender if twilio.sender.startswith("MG") else ""
    account = TwilioAccount(
        account_sid=twilio.sid,
        key=twilio.sid,
        secret=twilio.token.get_secret_value(),
        sender="" if service else twilio.sender,
        messaging_service_sid=service,
        public_url=public_url,
        concurrency=twilio.concurrency,
        settle=timedelta(seconds=twilio.settle_seconds),
        direct=twilio.driver == "direct",
    )
    return replace(account, base_url=twilio.api_base) if twilio.api_base else account


def aliyun_account(aliyun: providers.Aliyun) -> AliyunAccount:
    """The account at Aliyun as the settings describe it."""
    account = AliyunAccount(
        key_id=aliyun.key_id,
        key_secret=aliyun.key_secret.get_secret_value(),
        sign_name=aliyun.sign_name,
        templates={
            name: Template(
                each.code, each.params, each.decided, each.state, each.nameless, frozenset(each.also)
            )
            for name, each in aliyun.templates.items()
        },
        batch=aliyun.batch,
        concurrency=aliyun.concurrency,
        settle=timedelta(seconds=aliyun.settle_seconds),
    )
    return replace(account, base_url=aliyun.api_base) if aliyun.api_base else account
