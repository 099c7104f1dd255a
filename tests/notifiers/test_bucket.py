"""Announcements in a bucket that speaks S3: signed requests, whole objects, in an order that holds."""

import asyncio
import hashlib
from dataclasses import replace

import httpx
import pytest
from lxml import etree

from notifiers.announcement import AnnouncementPublisher
from notifiers.bucket import Bucket, BucketAccess
from notifiers.errors import Misconfigured, NotifierError, Refused, Unreachable
from service.local_endpoints.s3_like import S3Like
from tests.notifiers.test_announcement import ATOM, CORRECTED, NOTICE, PAGE, STYLE

PREFIX = "public/notices"


@pytest.fixture
async def provider():
    async with S3Like() as provider:
        yield provider


def access(provider: S3Like, **changes) -> BucketAccess:
    fields = {
        "name": provider.bucket,
        "endpoint": provider.url,
        "region": provider.region,
        "key_id": provider.key_id,
        "key_secret": provider.key_secret,
        "prefix": PREFIX,
    }
    return BucketAccess(**{**fields, **changes})


def publisher(provider: S3Like, **changes) -> AnnouncementPublisher:
    root = f"{provider.url}/{provider.bucket}/{PREFIX}"
    return AnnouncementPublisher(
        Bucket(access(provider, **changes)), page=PAGE, style=STYLE, public_url=f"{root}/"
    )


async def test_the_public_reads_the_very_bytes_as_a_page(provider):
    published = await publisher(provider).publish(NOTICE)
    async with httpx.AsyncClient(trust_env=False) as http:
        page = await http.get(published.url + "index.html")
        version = await http.get(published.url + "v1.html")
        feed = await http.get(f"{provider.url}/{provider.bucket}/{PREFIX}/feed.xml")
        text = await http.get(f"{provider.url}/{provider.bucket}/{PREFIX}/announcements.txt")
    assert hashlib.sha256(page.content).hexdigest() == published.sha256
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert version.content == page.content
    assert "immutable" in version.headers["cache-control"]
    assert feed.headers["content-type"].startswith("application/atom+xml")
    assert len(etree.fromstring(feed.content).findall(f"{ATOM}entry")) == 1
    assert f"Announcement: {published.url}\n" in text.text
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert await publisher(provider).standing(NOTICE.slug) == published


async def test_what_is_linked_to_is_there_before_its_link(provider):
    await publisher(provider).publish(NOTICE)
    names = [name.removeprefix(f"{PREFIX}/") for name in provider.order]
    slug = NOTICE.slug
    assert names == [
        f"{slug}/v1.html",
        f"{slug}/notice.json",
        f"{slug}/index.html",
        "feed.xml",
        "announcements.txt",
    ]


async def test_a_correction_follows_and_a_repeat_changes_nothing(provider):
    ours = publisher(provider)
    first = await ours.publish(NOTICE)
    second = await ours.publish(CORRECTED)
    before = dict(provider.objects)
    assert await ours.publish(CORRECTED) == second
    assert await ours.publish(NOTICE) == first
    assert provider.objects == before
    with pytest.raises(Refused, match=r"announcement\.version_taken"):
        await ours.publish(replace(NOTICE, organisation="Somebody else"))


async def test_several_at_once_lose_no_entry(provider):
    notices = [replace(NOTICE, slug=f"n{number}") for number in range(6)]
    await asyncio.gather(*(publisher(provider).publish(notice) for notice in notices))
    await publisher(provider).publish(notices[0])
    feed = etree.fromstring(provider.objects[f"{PREFIX}/feed.xml"].content)
    assert len(feed.findall(f"{ATOM}entry")) == 6


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key_id": "SOMEBODYELSES"}, "InvalidAccessKeyId"),
        ({"key_secret": "wrong"}, "SignatureDoesNotMatch"),
        ({"name": "no-such-bucket"}, "NoSuchBucket"),
    ],
)
async def test_wrong_settings_are_named_and_nothing_secret_is_said(provider, changes, code):
    with pytest.raises(Misconfigured) as caught:
        await publisher(provider, **changes).publish(NOTICE)
    assert caught.value.code == f"announcement.bucket.{code}"
    assert provider.key_secret not in repr(caught.value)
    assert provider.key_id not in repr(caught.value)
    assert not provider.objects


async def test_a_clock_that_is_wrong_and_a_key_that_may_not_write(provider):
    provider.clock_ahead_s = 3600
    with pytest.raises(Misconfigured, match="RequestTimeTooSkewed"):
        await publisher(provider).publish(NOTICE)
    provider.clock_ahead_s = 0
    provider.failing = ["AccessDenied"]
    with pytest.raises(Misconfigured, match=r"announcement\.bucket\.denied"):
        await publisher(provider).publish(NOTICE)


async def test_a_provider_that_is_busy_is_asked_again_and_one_that_is_away_later(provider):
    provider.failing = ["SlowDown"]
    assert (await publisher(provider).publish(NOTICE)).version == 1
    async with S3Like() as gone:
        ours = publisher(gone)
    with pytest.raises(Unreachable) as caught:
        await ours.publish(NOTICE)
    assert caught.value.code == "announcement.bucket.unreachable"


def test_a_key_is_not_shown():
    shown = repr(BucketAccess("b", "https://s3.invalid", "r", "id", "very-secret"))
    assert "very-secret" not in shown
    assert issubclass(Misconfigured, NotifierError)
