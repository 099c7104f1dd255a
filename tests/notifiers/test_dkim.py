"""What we sign, another implementation verifies; what is changed afterwards, it does not."""

import base64
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from notifiers.dkim import Signature, Signer
from notifiers.email import EmailNotifier
from notifiers.errors import Misconfigured
from notifiers.mime import Sender, compose
from notifiers.port import Form
from notifiers.stencil import Composer
from service.local_endpoints.smtp_sink import SmtpSink
from tests.notifiers.letters import SENDER, message, relayed

AT = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()


def written(folder, key, mode=0o600):
    file = folder / "dkim.pem"
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    file.chmod(mode)
    return file


def record(key) -> bytes:
    """The public key as it stands in the DNS."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(raw)
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


def verified(content: bytes, key) -> bool:
    asked = []

    def dns(name, timeout=5):  # noqa: ARG001 - dkimpy's form
        asked.append(name)
        return record(key)

    held = dkim.verify(content, dnsfunc=dns)
    assert asked == [b"s1._domainkey.tocsin.invalid."]
    return held


@pytest.fixture(params=[RSA, ED25519], ids=["rsa", "ed25519"])
def key(request):
    return request.param


@pytest.fixture
def signature(tmp_path, key):
    return Signature("tocsin.invalid", "s1", written(tmp_path, key))


def test_it_verifies_and_no_longer_when_anything_is_changed(signature, key):
    form = Form(("尊敬的", "：\n请修改密码。\n"), ("<p>尊敬的", "：</p>\n"))
    one = message(text="尊敬的王：\n请修改密码。\n", html="<p>尊敬的王：</p>\n", form=form, name="王")
    content = Composer(SENDER, Signer(signature, SENDER.address)).write(one, one.to, AT)
    assert verified(content, key)
    assert max(len(line) for line in content.split(b"\r\n")) <= 120
    assert not verified(content.replace(b"person1@", b"person2@"), key)
    assert not verified(content[:-40] + b"x" + content[-39:], key)
    assert not verified(content.replace(b"From: ", b"From: <thief@example.invalid>\r\nFrom: ", 1), key)
    # What a relay may do to white space does no harm.
    assert verified(content.replace(b"Auto-Submitted: auto", b"Auto-Submitted:   auto"), key)
    assert verified(content + b"\r\n", key)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@settings(max_examples=40, deadline=None)
@given(WORDS, WORDS, st.sampled_from([" ", "\t", "  \n\n", "\n \n"]))
def test_any_words_can_be_signed(tmp_path_factory, subject, text, blank):
    file = written(tmp_path_factory.mktemp("key"), ED25519)
    signer = Signer(Signature("tocsin.invalid", "s1", file), "a@mail.tocsin.invalid")
    sender = Sender("a@mail.tocsin.invalid", "警钟", "b@tocsin.invalid")
    content = compose(message(subject=subject, text=f"plain{blank}{text}{blank}"), sender, AT)
    assert verified(signer.signed(content), ED25519)


async def test_it_is_signed_as_it_arrives(signature, key):
    async with SmtpSink(keep=True) as sink:
        async with EmailNotifier(relayed(sink.port), SENDER, signature=signature) as notifier:
            await notifier.send(message(text="一行\n.\n..\n"))
        [mail] = sink.mails
    assert verified(mail.content, key)
    assert message_from_bytes(mail.content, policy=policy.default).get_content().startswith("一行")


def test_a_key_that_cannot_serve(tmp_path):
    def refused(code, **changes):
        fields = {"domain": "tocsin.invalid", "selector": "s1", "key_file": tmp_path / "dkim.pem", **changes}
        with pytest.raises(Misconfigured, match=re.escape(code)) as caught:
            Signer(Signature(**fields), "notice@tocsin.invalid")
        assert "PRIVATE" not in str(caught.value)

    refused("dkim.key")
    written(tmp_path, RSA, 0o640)
    refused("dkim.key: others can read")
    written(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    refused("dkim.key: a DKIM key is RSA")
    (tmp_path / "dkim.pem").write_text("-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----\n")
    refused("dkim.key: the DKIM key's file holds no")
    written(tmp_path, RSA)
    refused("dkim.alignment", domain="other.invalid")
    refused("dkim.name", selector="s1;\r\n x=y")
