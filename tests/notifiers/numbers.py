"""What the tests of SMS and calls send, and to whom."""

from dataclasses import replace
from datetime import UTC, datetime

from notifiers.port import Message, Reference, digest
from notifiers.sms import SmsNotifier
from notifiers.twilio_line import TwilioAccount
from notifiers.voice import VoiceNotifier
from service.local_endpoints.twilio_like import TwilioLike


def by_library(account: TwilioAccount, **more) -> SmsNotifier:
    return SmsNotifier(replace(account, direct=False), **more)


KINDS = {"sms": SmsNotifier, "sms by the library": by_library, "voice": VoiceNotifier}


def account(provider: TwilioLike, **changes) -> TwilioAccount:
    fields = {
        "account_sid": provider.account_sid,
        "key": provider.account_sid,
        "secret": provider.auth_token,
        "sender": "+15550001111",
        "base_url": provider.url,
        "connect": 0.5,
        "reply": 0.5,
    }
    return TwilioAccount(**{**fields, **changes})


def text(number: int = 1, **changes) -> Message:
    fields = {
        "reference": f"row-{number}",
        "to": f"+86138001380{number:02d}",
        "subject": "",
        "text": f"【警钟】编号 {number}：请修改密码。",
    }
    return Message(**{**fields, **changes})


def reference(message: Message, **changes) -> Reference:
    fields = {
        "reference": message.reference,
        "to": message.to,
        "attempted_at": datetime.now(UTC),
        "text_digest": digest(message.text),
    }
    return Reference(**{**fields, **changes})
