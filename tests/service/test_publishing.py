"""Where announcements go by the settings, and what the doctor says of it without publishing anything."""

import json

import pytest

from service.doctor import examine
from service.publishing import publisher
from service.settings import load
from service.settings_error import SettingsError
from tests.notifiers.notices import NOTICE
from tests.s3 import S3

pytestmark = pytest.mark.usefixtures("bare")


@pytest.fixture
def s3():
    with S3() as server:
        yield server


@pytest.fixture
def given(monkeypatch, s3):
    def set_to(*, base_url="https://notice.example.invalid", **changes):
        bucket = {
            "endpoint": s3.endpoint,
            "region": s3.region,
            "name": s3.name,
            "key_id": "AKIDEXAMPLE",
            "key_secret": "secret-hunter2",
            "address": "path",
        }
        monkeypatch.setenv(
            "TOCSIN_ANNOUNCEMENTS", json.dumps({"base_url": base_url, "bucket": {**bucket, **changes}})
        )
        return load()

    return set_to


async def said(settings):
    return next(each for each in await examine(settings) if each.what == "announcements")


async def test_a_bucket_is_looked_at_and_left_as_it_is(given, s3):
    found = await said(given())
    assert (found.how, s3.objects) == ("well", {})
    assert "notices can be listed" in found.said
    async with publisher(given(prefix="a")) as ours:
        published = await ours.publish(NOTICE)
    assert published.url == f"https://notice.example.invalid/{NOTICE.slug}/"
    assert f"a/{NOTICE.slug}/index.html" in s3.objects


@pytest.mark.parametrize(
    ("changes", "code", "exit_code"),
    [
        ({"key_secret": "wrong-hunter2"}, "announcement.bucket.credentials", 6),
        ({"name": "nothing-here"}, "announcement.bucket.missing", 6),
        ({"endpoint": "http://127.0.0.1:1"}, "announcement.bucket.unreachable", 4),
        ({"endpoint": "http://oss.example.cn"}, "announcement.bucket.cleartext", 6),
    ],
)
async def test_what_is_wrong_with_it_is_one_sentence_with_its_code(given, changes, code, exit_code):
    found = await said(given(**changes))
    assert (found.how, found.exit_code) == ("ill", exit_code)
    assert found.said.endswith(f". [{code}]")
    assert found.said[0].isupper()
    assert "hunter2" not in found.said


async def test_a_directory_is_looked_at(monkeypatch, tmp_path):
    found = await said(load())
    assert (found.how, "BASE_URL is empty" in found.said) == ("mind", True)
    monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__BASE_URL", "https://notice.example.invalid")
    assert "can be written" in (await said(load())).said
    assert not (tmp_path / "announcements").exists()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__DIR", str(tmp_path / "file" / "in"))
    assert "[announcement.directory]" in (await said(load())).said


def test_settings_that_cannot_be(given, monkeypatch):
    with pytest.raises(SettingsError, match="a bucket needs the base_url"):
        given(base_url="")
    for name, wrong in (("name", "No_Such"), ("prefix", "/a/"), ("key_secret", "")):
        with pytest.raises(SettingsError, match=f"BUCKET__{name.upper()}"):
            given(**{name: wrong})
    given()
    monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__DIR", "/srv/www")
    with pytest.raises(SettingsError, match="either dir or bucket"):
        load()
    monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS", '{"contacts": "mailto:a@example.cn,tel:+86400"}')
    monkeypatch.delenv("TOCSIN_ANNOUNCEMENTS__DIR")
    assert load().announcements.contacts == ("mailto:a@example.cn", "tel:+86400")
    monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS", '{"contacts": ["javascript:x"]}')
    with pytest.raises(SettingsError, match="CONTACTS"):
        load()
