"""The settings of e-mail become a channel, a mailbox and the door's tokens, or are refused by name."""

import stat

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from intake.mailbox import Place
from notifiers.errors import Misconfigured
from service.channels import channels
from service.door import mailbox
from service.settings import load
from service.settings_error import SettingsError

MAIL = {
    "TOCSIN_EMAIL__HOST": "mail.example.com",
    "TOCSIN_EMAIL__SENDER": "notice@example.com",
    "TOCSIN_EMAIL__RETURN_PATH": "bounces+{reference}@example.com",
    "TOCSIN_EMAIL__DRIVER": "aiosmtplib",
    "TOCSIN_EMAIL__RECEIPT_TOKENS": "old-hunter2-hunter2,new-hunter2-hunter2",
    "TOCSIN_EMAIL__BOUNCES__HOST": "imap.example.com",
    "TOCSIN_EMAIL__BOUNCES__USER": "bounces",
    "TOCSIN_EMAIL__BOUNCES__PASSWORD": "box-hunter2",
}


@pytest.fixture
def given(monkeypatch, tmp_path):
    def given(**more):
        for name, value in {**MAIL, "TOCSIN_DATA_DIR": str(tmp_path), **more}.items():
            monkeypatch.setenv(name, value)
        return load()

    return given


def test_the_mailbox_and_the_tokens(given):
    settings = given()
    assert mailbox(settings) == Place("imap.example.com", 993, "bounces", "box-hunter2")
    assert [token.get_secret_value() for token in settings.email.receipt_tokens] == [
        "old-hunter2-hunter2",
        "new-hunter2-hunter2",
    ]
    assert "hunter2" not in f"{settings!r} {mailbox(settings)!r}"


def test_no_mailbox_is_read_where_none_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
    assert mailbox(load()) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"TOCSIN_EMAIL__BOUNCES__TLS": "none"}, "TOCSIN_EMAIL__BOUNCES: a mailbox's password needs TLS"),
        ({"TOCSIN_EMAIL__RECEIPT_TOKENS": "short"}, "TOCSIN_EMAIL__RECEIPT_TOKENS__0"),
        ({"TOCSIN_EMAIL__DRIVER": "fast"}, "TOCSIN_EMAIL__DRIVER"),
    ],
)
def test_a_wrong_setting_is_named(given, changes, said):
    with pytest.raises(SettingsError) as caught:
        mailbox(given(**changes))
    assert said in str(caught.value)
    assert "short" not in str(caught.value)


async def test_a_key_that_others_can_read_signs_nothing(given, tmp_path):
    file = tmp_path / "dkim.pem"
    key = Ed25519PrivateKey.generate()
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    file.chmod(0o644)
    settings = given(
        TOCSIN_EMAIL__DKIM__DOMAIN="example.com",
        TOCSIN_EMAIL__DKIM__SELECTOR="t1",
        TOCSIN_EMAIL__DKIM__KEY_FILE=str(file),
    )
    with pytest.raises(Misconfigured, match=r"dkim\.key"):
        async with channels(settings, frozenset()):
            pass
    file.chmod(stat.S_IRUSR)
    async with channels(settings, frozenset()) as ways:
        assert ways.senders.of("email", drill=False).channel == "email"
