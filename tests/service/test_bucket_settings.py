"""A bucket for announcements, from the settings: what the doctor finds, and where the page comes to lie."""

import json

import pytest

from service.channels import channels
from service.doctor import examine
from service.local_endpoints.s3_like import S3Like
from service.settings import load
from tests.notifiers.test_announcement import NOTICE


@pytest.fixture
async def provider():
    async with S3Like() as provider:
        yield provider


@pytest.fixture
def settings(monkeypatch, tmp_path, provider):
    def settings(**changes):
        found = {
            "name": provider.bucket,
            "endpoint": provider.url,
            "region": provider.region,
            "key_id": provider.key_id,
            "key_secret": provider.key_secret,
            **changes,
        }
        monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__BUCKET", json.dumps(found))
        return load()

    return settings


async def looked(settings):
    return {each.what: each for each in await examine(settings)}["channels"]


async def test_the_doctor_asks_the_bucket_and_publishes_nothing(settings, provider):
    found = await looked(settings())
    assert "TOCSIN_ANNOUNCEMENTS__BASE_URL" in found.said
    assert not provider.objects
    found = await looked(settings(key_secret="wrong"))
    assert (found.how, found.exit_code) == ("ill", 6)
    assert found.said == "the bucket refuses us [announcement.bucket.SignatureDoesNotMatch]"


async def test_a_page_lies_in_the_bucket_and_not_in_the_folder(settings, provider, tmp_path):
    async with channels(settings(prefix="a/b"), frozenset()) as found:
        await found.publisher.publish(NOTICE)
    assert f"a/b/{NOTICE.slug}/index.html" in provider.objects
    assert not list(tmp_path.rglob("*.html"))
