import json
import os
import stat

import pytest

from service.installation import ensure_dir, install
from service.payload_keys import ensured_keys, read_keys
from service.place import place
from service.settings import load, strangers
from service.settings_error import SettingsError

pytestmark = pytest.mark.usefixtures("bare")

SECRETS = {
    "TOCSIN_EMAIL__PASSWORD": "mail-hunter2",
    "TOCSIN_SMS__TOKEN": "sms-hunter2",
    "TOCSIN_TEMPORAL_API_KEY": "api-hunter2",
    "TOCSIN_LEDGER_URL": "postgresql://tocsin:db-hunter2@db/tocsin",
    "TOCSIN_SOURCES": '{"siem": {"adapter": "ocsf", "secrets": ["whsec_hook-hunter2"]}}',
    "TOCSIN_OPERATORS": '{"a1": {"roles": ["lead"], "email": "who-hunter2@example.com"}}',
    "TOCSIN_ACTIONS": '{"isolate": {"url": "https://edr.example", "token": "edr-hunter2"}}',
    "TOCSIN_IM": '{"ops": "slack://hunter2/im"}',
}
WHOLE = {
    **SECRETS,
    "TOCSIN_EMAIL__HOST": "mail.example.com",
    "TOCSIN_EMAIL__SENDER": "no-reply@example.com",
    "TOCSIN_SMS__SID": "AC1",
    "TOCSIN_SMS__SENDER": "+15005550006",
}


def given(monkeypatch, **more):
    for name, value in {**WHOLE, **more}.items():
        monkeypatch.setenv(name, value)


def refusal():
    with pytest.raises(SettingsError) as caught:
        load()
    error = caught.value
    assert "hunter2" not in f"{error!s}{error!r}{error.__cause__!r}{error.__context__!r}"
    return str(error)


def test_variables_are_read_with_their_parts(monkeypatch):
    given(monkeypatch, TOCSIN_OPERATORS__b2__ROLES="legal,privacy", TOCSIN_INTAKE__PORT="9000")
    monkeypatch.delenv("TOCSIN_OPERATORS")
    settings = load()
    assert settings.email.host == "mail.example.com"
    assert settings.email.password.get_secret_value() == "mail-hunter2"
    assert settings.operators["b2"].roles == ("legal", "privacy")
    assert settings.intake.port == 9000


def test_no_secret_shows_when_settings_are_printed(monkeypatch):
    given(monkeypatch)
    settings = load()
    assert "hunter2" not in f"{settings!r}{settings!s}"
    assert "hunter2" not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TOCSIN_EMAIL__PORT", "none-hunter2", "TOCSIN_EMAIL__PORT cannot be used"),
        ("TOCSIN_EMAIL__TLS", "ssl", "TOCSIN_EMAIL__TLS cannot be used"),
        ("TOCSIN_EMAIL__PROT", "25", "TOCSIN_EMAIL__PROT is no setting"),
        ("TOCSIN_OPERATORS", '{"hunter2', "TOCSIN_OPERATORS is not valid JSON"),
        ("TOCSIN_OPERATORS", '{"Zhang San": {}}', "TOCSIN_OPERATORS has a name in it"),
        ("TOCSIN_TIMEZONE", "Mars/Olympus", "TOCSIN_TIMEZONE cannot be used"),
        (
            "TOCSIN_ORGANISATION",
            '{"state_organ": "perhaps"}',
            "TOCSIN_ORGANISATION cannot be used: state_organ",
        ),
        ("TOCSIN_ORGANISATION", '{"is_big": true}', "TOCSIN_ORGANISATION cannot be used: there is no fact"),
        ("TOCSIN_SOURCES", '{"siem": {"adapter": "ocsf"}}', "TOCSIN_SOURCES__SIEM__SECRETS is missing"),
        ("TOCSIN_WORKERS__DECIDE", "1", "TOCSIN_WORKERS__DECIDE cannot be used"),
    ],
)
def test_a_wrong_setting_is_named_and_no_value_is_printed(monkeypatch, variable, value, said):
    given(monkeypatch, **{variable: value})
    assert refusal().startswith(said)


def test_of_a_group_all_that_it_needs_must_be_there(monkeypatch):
    monkeypatch.setenv("TOCSIN_EMAIL__PASSWORD", "mail-hunter2")
    assert refusal().startswith("TOCSIN_EMAIL__HOST is missing")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tocsin.yaml", "timezone: Asia/Shanghai\nemail: {host: file.example.com, sender: a@example.com}\n"),
        (
            "tocsin.toml",
            'timezone = "Asia/Shanghai"\n[email]\nhost = "file.example.com"\nsender = "a@example.com"\n',
        ),
    ],
)
def test_a_file_in_the_data_directory_is_read_and_the_environment_wins(monkeypatch, bare, name, text):
    (bare / name).write_text(text)
    monkeypatch.setenv("TOCSIN_EMAIL__PORT", "2525")
    settings = load()
    assert (settings.timezone, settings.email.host, settings.email.port) == (
        "Asia/Shanghai",
        "file.example.com",
        2525,
    )
    assert place() == settings.place


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("c.yaml", "email: [hunter2", "is not valid YAML"),
        ("c.toml", "email = hunter2 hunter2", "is not valid TOML"),
        ("c.yaml", "- hunter2\n", "is no map of settings"),
        ("c.yaml", "emial: {host: hunter2}\n", "TOCSIN_EMIAL is no setting"),
        ("absent.yaml", None, "cannot be read"),
    ],
)
def test_a_bad_file_is_told_of_without_its_words(monkeypatch, bare, name, text, said):
    if text is not None:
        (bare / name).write_text(text)
    monkeypatch.setenv("TOCSIN_CONFIG", str(bare / name))
    assert said in refusal()


def test_the_place_agrees_with_the_settings(monkeypatch):
    given(monkeypatch, TOCSIN_TIMEZONE="Asia/Shanghai")
    assert place() == load().place
    assert place().sqlite_file is None
    monkeypatch.delenv("TOCSIN_LEDGER_URL")
    assert place().sqlite_file == place().data_dir / "ledger.db"


def test_variables_that_no_setting_reads_are_named(monkeypatch):
    given(monkeypatch, TOCSIN_EMIAL__HOST="x", TOCSIN_OPERATOR="a1")
    assert strangers() == ("TOCSIN_EMIAL__HOST",)


def test_payload_keys_are_made_once_for_their_owner_alone(bare):
    file = bare / "keys" / "codec.json"
    first = ensured_keys(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ensured_keys(file) == first == read_keys(file)


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (None, 0o600, "tocsin init makes it"),
        ('{"active": "1", "keys": {"1": "aHVudGVyMg=="}}', 0o600, "32-byte keys"),
        ('{"active": "1"}', 0o600, "32-byte keys"),
        ("hunter2", 0o600, "32-byte keys"),
        ('{"active": "1", "keys": {}}', 0o644, "chmod 600"),
    ],
)
def test_bad_payload_keys_are_told_of_without_a_key(bare, text, mode, said):
    file = bare / "codec.json"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    with pytest.raises(SettingsError) as caught:
        read_keys(file)
    assert said in str(caught.value)
    assert "hunter2" not in f"{caught.value}{caught.value.__cause__!r}"
    assert "aHVudGVyMg" not in f"{caught.value}{caught.value.__cause__!r}"


def test_a_data_directory_that_cannot_be_is_told_of(bare):
    (bare / "file").write_text("")
    for folder in (bare / "file", bare / "file" / "below"):
        with pytest.raises(SettingsError) as caught:
            ensure_dir(folder)
        assert caught.value.code == "settings.data_dir"
        assert str(caught.value).startswith("TOCSIN_DATA_DIR: ")


def test_a_data_directory_that_cannot_be_written_is_told_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("read-only")
    folder.chmod(0o500)
    # Root writes everywhere but into the kernel's own directories.
    unwritable = folder if os.geteuid() else type(folder)("/proc/self")
    with pytest.raises(SettingsError, match=r"TOCSIN_DATA_DIR: .* cannot be written"):
        ensure_dir(unwritable)


def test_an_installation_is_made_once_and_found_again(bare):
    settings = load()
    install(settings)
    keys = json.loads(settings.codec_file.read_text())
    master = settings.master_file.read_bytes()
    install(settings)
    assert json.loads(settings.codec_file.read_text()) == keys
    assert settings.master_file.read_bytes() == master
    assert (bare / "ledger.db").is_file()
