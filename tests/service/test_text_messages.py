"""The SMS channel from the settings: who sends where, and what Aliyun would refuse beforehand."""

import pytest

from notifiers.aliyun_sms import AliyunSmsNotifier
from notifiers.errors import Misconfigured, Refused, Unreachable
from notifiers.port import Message
from notifiers.routed import RoutedNotifier
from notifiers.sms import SmsNotifier
from service.doctor import examine
from service.settings import load
from service.settings_error import SettingsError
from service.text_messages import text_messages, unusable

NOWHERE = "http://127.0.0.1:9"
TWILIO = {"TOCSIN_SMS": f'{{"sid": "AC1", "token": "t", "sender": "+15550001111", "api_base": "{NOWHERE}"}}'}
ALIYUN = {
    "TOCSIN_SMS_ALIYUN": '{"key_id": "k", "key_secret": "s", "sign_name": "警钟", "api_base": "'
    + NOWHERE
    + '", "templates": {"data-leak/zh": {"code": "SMS_1", "state": "approved", "decided": "2026-11-01"},'
    ' "data-leak/en": {"code": "SMS_2"}, "alarm": {"code": "SMS_3", "state": "approved"}}}'
}


@pytest.fixture
def settings(monkeypatch, tmp_path):
    def settings(*groups):
        monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
        for group in groups:
            for name, value in group.items():
                monkeypatch.setenv(name, value)
        return load()

    return settings


def test_no_provider_is_no_channel_and_one_is_itself(settings):
    assert text_messages(settings()) is None
    assert isinstance(text_messages(settings(TWILIO)), SmsNotifier)
    assert unusable(settings(TWILIO), ["data-leak"]) == []


async def test_two_providers_share_the_world(settings):
    notifier = text_messages(settings(TWILIO, ALIYUN))
    assert isinstance(notifier, RoutedNotifier)
    async with notifier:
        for number in ("+8613800138000", "+4915112345678"):
            with pytest.raises(Unreachable, match=r"twilio\.connect"):
                await notifier.send(Message("r", number, "", "text", template="data-leak"))


async def test_one_provider_at_home_only(settings):
    routes = {"TOCSIN_SMS_ROUTES": '[{"prefix": "+86", "providers": "aliyun"}]'}
    notifier = text_messages(settings(ALIYUN, routes))
    async with notifier:
        with pytest.raises(Refused, match=r"route\.none"):
            await notifier.send(Message("r", "+4915112345678", "", "text", template="data-leak"))
        with pytest.raises(Unreachable, match=r"aliyun\.connect"):
            await notifier.send(Message("r", "+8613800138000", "", "text", template="data-leak"))


def test_a_route_to_a_provider_that_is_not_set_up(settings):
    routes = {"TOCSIN_SMS_ROUTES": '[{"providers": ["twilio"]}]'}
    with pytest.raises(Misconfigured, match=r"route\.provider"):
        text_messages(settings(ALIYUN, routes))


def test_each_template_that_would_send_nothing_is_named(settings):
    said = unusable(settings(ALIYUN), ["data-leak", "alarm", "other"])
    assert said == [
        "the template SMS_2 is pending, not yet approved",
        "the template SMS_3 is approved, but since when is not said",
        "no template for the message other",
    ]


async def test_the_doctor_says_it(settings):
    found = {each.what: each for each in await examine(settings(ALIYUN))}
    assert found["channels"].how == "mind"
    assert "SMS_2 is pending" in found["channels"].said


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"TOCSIN_SMS_ALIYUN__RECEIPT_SECRET": "short"}, "RECEIPT_SECRET"),
        ({"TOCSIN_SMS_ALIYUN__BATCH": "101"}, "BATCH"),
        ({"TOCSIN_SMS_ROUTES": '[{"prefix": "86", "providers": "aliyun"}]'}, "PREFIX"),
    ],
)
def test_settings_that_cannot_be(settings, more, named):
    with pytest.raises(SettingsError, match=named):
        settings(ALIYUN, more)


def test_aliyun_alone_is_routed_so_that_its_references_are_told_apart(settings):
    notifier = text_messages(settings(ALIYUN))
    assert isinstance(notifier, RoutedNotifier)
    assert AliyunSmsNotifier.channel == notifier.channel
