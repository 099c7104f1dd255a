"""Announcements in a bucket: the same as in a directory, and whole whatever happens in between."""

import asyncio
import hashlib
import os
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree

from notifiers.announcement import AnnouncementPublisher
from notifiers.bucket import Bucket, BucketShelf
from notifiers.directory import DirectoryShelf
from notifiers.errors import Misconfigured, Refused, Unreachable
from tests.notifiers.notices import ATOM, CORRECTED, NOTICE, PAGE, STYLE, WITHDRAWN
from tests.s3 import S3, Fault, sign

SECRET = "secret-hunter2"
FOLDER = NOTICE.slug


@pytest.fixture
def s3():
    with S3() as server:
        yield server


@pytest.fixture
def bucket(s3):
    return Bucket(
        endpoint=s3.endpoint,
        name=s3.name,
        key_id="AKIDEXAMPLE",
        key_secret=SECRET,
        region=s3.region,
        prefix="public/a",
        by_host=False,
    )


def publisher(bucket, s3):
    shelf = BucketShelf(bucket)
    return AnnouncementPublisher(shelf, page=PAGE, style=STYLE, public_url=f"{s3.site}/public/a")


def lying(s3):
    """What lies in the bucket, by names without the prefix."""
    return {key.removeprefix("public/a/"): one.content for key, one in s3.objects.items()}


def test_signatures_are_worked_out_as_aws_publishes_it():
    # "Signature Calculations for the Authorization Header", the example of GET Object.
    empty = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": empty,
        "x-amz-date": "20130524T000000Z",
    }
    ours = sign(
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "20130524",
        "us-east-1",
        "GET",
        "/test.txt",
        list(headers),
        headers,
    )
    assert ours == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


async def test_a_bucket_holds_what_a_directory_holds(bucket, s3, tmp_path):
    here = AnnouncementPublisher(
        DirectoryShelf(tmp_path), page=PAGE, style=STYLE, public_url=f"{s3.site}/public/a"
    )
    there = publisher(bucket, s3)
    await there.check()
    assert s3.puts == []
    for notice in (NOTICE, CORRECTED, replace(NOTICE, slug="another")):
        assert await there.publish(notice) == await here.publish(notice)
    assert await there.standing(FOLDER) == await here.standing(FOLDER)
    assert await there.standing("nothing-here") is None
    files = {path.relative_to(tmp_path).as_posix(): path for path in tmp_path.rglob("[!.]*.*")}
    assert {name: path.read_bytes() for name, path in files.items()} == lying(s3)


async def test_each_object_says_what_it_is_and_how_long_it_may_be_kept(bucket, s3):
    await publisher(bucket, s3).publish(NOTICE)
    said = {key.rpartition("/")[2]: tuple(one.headers.values()) for key, one in s3.objects.items()}
    for_ever = "public, max-age=31536000, immutable"
    assert said == {
        "v1.html": ("text/html; charset=utf-8", for_ever),
        "v1.json": ("application/json", for_ever),
        "index.html": ("text/html; charset=utf-8", "no-cache"),
        "notice.json": ("application/json", "no-cache"),
        "feed.xml": ("application/atom+xml; charset=utf-8", "no-cache"),
        "incident-announcements.txt": ("text/plain; charset=utf-8", "no-cache"),
    }
    # A bucket sends no policy of ours, so the page brings its own.
    assert b'http-equiv="Content-Security-Policy"' in lying(s3)[f"{FOLDER}/index.html"]


async def test_versions_come_first_then_the_page_then_what_lists_it(bucket, s3):
    await publisher(bucket, s3).publish(NOTICE)
    assert [key.removeprefix("public/a/") for key in s3.puts] == [
        f"{FOLDER}/v1.html",
        f"{FOLDER}/v1.json",
        f"{FOLDER}/index.html",
        f"{FOLDER}/notice.json",
        "feed.xml",
        "incident-announcements.txt",
    ]


@pytest.mark.parametrize("kept", [False, True], ids=["lost", "put"])
@pytest.mark.parametrize("at", range(6))
async def test_cut_short_anywhere_it_is_ended_by_the_next_try(bucket, s3, at, kept):
    ours = publisher(bucket, s3)
    await ours.publish(NOTICE)
    before = lying(s3)
    # The library tries an answer of 5xx again by itself, three times in all.
    s3.faults = [*[None] * at, *[Fault(503, "SlowDown", kept=kept)] * 3]
    with pytest.raises(Unreachable, match=r"announcement\.bucket\.busy"):
        await ours.publish(CORRECTED)
    # Until the page itself was replaced, the public reads the old version whole.
    if at < 2:
        assert {name: content for name, content in lying(s3).items() if "/v2." not in name} == before
    done = await ours.publish(CORRECTED)
    whole = lying(s3)
    assert whole[f"{FOLDER}/index.html"] == whole[f"{FOLDER}/v2.html"] == done.content
    assert whole[f"{FOLDER}/v1.html"] == before[f"{FOLDER}/v1.html"]
    assert "【更正】" in whole["feed.xml"].decode()
    s3.puts.clear()
    assert await ours.publish(CORRECTED) == done
    assert lying(s3) == whole
    assert not [key for key in s3.puts if "/v2." in key]


async def test_a_published_version_never_changes(bucket, s3):
    ours = publisher(bucket, s3)
    await ours.publish(NOTICE)
    with pytest.raises(Refused, match=r"announcement\.version_taken"):
        await ours.publish(replace(NOTICE, organisation="Somebody else"))


async def test_a_late_try_of_an_old_version_takes_nothing_back(bucket, s3):
    """An attempt that was given up at its timeout wakes between the newer version's puts and its own."""
    ours, other = publisher(bucket, s3), publisher(bucket, s3)
    overtaken = threading.Event()

    def overtake(key: str) -> None:
        if key.endswith("index.html") and not overtaken.is_set():
            overtaken.set()
            asyncio.run(other.publish(CORRECTED))

    s3.before_put = overtake
    await ours.publish(NOTICE)
    assert overtaken.is_set()
    whole = lying(s3)
    assert whole[f"{FOLDER}/index.html"] == whole[f"{FOLDER}/v2.html"]
    assert whole[f"{FOLDER}/notice.json"] == whole[f"{FOLDER}/v2.json"]
    assert "【更正】" in whole["feed.xml"].decode()


async def test_many_at_once_lose_no_entry_though_nothing_is_locked(bucket, s3):
    s3.page = 5
    notices = [replace(NOTICE, slug=f"n{number}") for number in range(8)]
    await asyncio.gather(*(publisher(bucket, s3).publish(notice) for notice in notices))
    whole = lying(s3)
    assert len(etree.fromstring(whole["feed.xml"]).findall(f"{ATOM}entry")) == 8
    assert whole["incident-announcements.txt"].count(b"\nAnnouncement: ") == 8


async def test_what_others_keep_in_the_bucket_is_left_alone(bucket, s3):
    shelf = BucketShelf(bucket)
    for name in ("api/v1.json", "other/notice.json", "v1.json"):
        shelf.write(name, b'{"slug": "elsewhere"}' if name != "v1.json" else b"[")
    await publisher(bucket, s3).publish(NOTICE)
    whole = lying(s3)
    assert len(etree.fromstring(whole["feed.xml"]).findall(f"{ATOM}entry")) == 1
    assert whole["api/v1.json"] == b'{"slug": "elsewhere"}'
    assert "api/index.html" not in whole


async def test_a_withdrawal_leaves_the_list(bucket, s3):
    ours = publisher(bucket, s3)
    await ours.publish(WITHDRAWN)
    assert b"Announcement: " not in lying(s3)["incident-announcements.txt"].replace(b"# ", b"")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key_secret": "another-hunter2"}, "announcement.bucket.credentials"),
        ({"key_id": "AKIDNOBODY"}, "announcement.bucket.credentials"),
        ({"name": "no-such-bucket"}, "announcement.bucket.missing"),
        ({"region": "cn-beijing"}, "announcement.bucket.region"),
    ],
)
async def test_settings_that_cannot_work_are_told_apart_and_tell_no_secret(bucket, s3, changes, code):
    wrong = publisher(replace(bucket, **changes), s3)
    for act in (wrong.publish(NOTICE), wrong.check(), wrong.standing(FOLDER)):
        with pytest.raises(Misconfigured) as caught:
            await act
        assert caught.value.code == code
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__
        assert "hunter2" not in f"{caught.value!r}"
        assert "AKID" not in f"{caught.value!r}"
    assert s3.objects == {}
    assert "hunter2" not in f"{bucket!r}{vars(wrong)!r}{wrong._shelf._store!r}"


async def test_a_key_that_may_only_read(bucket, s3):
    s3.readers = frozenset(s3.keys)
    ours = publisher(bucket, s3)
    await ours.check()
    with pytest.raises(Misconfigured, match=r"announcement\.bucket\.denied"):
        await ours.publish(NOTICE)


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (301, "PermanentRedirect", "region"),
        (400, "InvalidRequest", "refused"),
        (401, "Unauthorized", "credentials"),
    ],
)
async def test_other_refusals_are_final_too(bucket, s3, status, said, code):
    s3.faults = [Fault(status, said)]
    with pytest.raises(Misconfigured, match=rf"announcement\.bucket\.{code}"):
        await publisher(bucket, s3).publish(NOTICE)


async def test_a_clock_that_is_wrong(bucket, s3):
    s3.ahead = timedelta(hours=1)
    with pytest.raises(Misconfigured, match=r"announcement\.bucket\.clock.*clock"):
        await publisher(bucket, s3).publish(NOTICE)


async def test_an_endpoint_that_is_away_is_tried_again(bucket, s3):
    s3.down = True
    with pytest.raises(Unreachable, match=r"announcement\.bucket\.busy"):
        await publisher(bucket, s3).check()
    nobody = replace(bucket, endpoint="http://127.0.0.1:1")
    with pytest.raises(Unreachable, match=r"announcement\.bucket\.unreachable"):
        await publisher(nobody, s3).publish(NOTICE)
    s3.down, s3.faults = False, [Fault()] * 3
    with pytest.raises(Unreachable, match=r"announcement\.bucket\.unreachable"):
        await publisher(bucket, s3).publish(NOTICE)
    assert (await publisher(bucket, s3).publish(NOTICE)).version == 1


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("http://oss.example.cn", "announcement.bucket.cleartext"),
        ("oss.example.cn", "announcement.bucket.base_url"),
    ],
)
def test_endpoints_that_cannot_be(bucket, endpoint, code):
    with pytest.raises(Misconfigured, match=code.replace(".", r"\.")):
        BucketShelf(replace(bucket, endpoint=endpoint))


def test_a_bucket_by_host_stands_before_the_endpoint(bucket):
    shelf = BucketShelf(replace(bucket, endpoint="https://s3.oss-cn-hangzhou.aliyuncs.com/", by_host=True))
    assert shelf._store.config["endpoint_url_s3"] == "https://notices.s3.oss-cn-hangzhou.aliyuncs.com"


async def test_an_authority_of_ones_own(bucket, authority, tmp_path):
    with S3(tls=authority.server("127.0.0.1")) as server:
        ours = replace(bucket, endpoint=server.endpoint, ca_file=authority.file)
        assert (await publisher(ours, server).publish(NOTICE)).version == 1
        with pytest.raises(Misconfigured, match=r"tls\.unverified"):
            await publisher(replace(ours, ca_file=None), server).check()
    with pytest.raises(Misconfigured, match=r"tls\.authorities"):
        BucketShelf(replace(bucket, ca_file=tmp_path / "nowhere.pem"))


async def test_what_the_environment_says_of_aws_is_not_for_us(bucket, s3, monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIDNOBODY",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "x",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_BUCKET": "another",
    }.items():
        monkeypatch.setenv(name, value)
    assert os.environ["AWS_BUCKET"] == "another"
    assert (await publisher(bucket, s3).publish(NOTICE)).version == 1
