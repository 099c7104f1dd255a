import os
import stat
import threading

import pytest
from sqlalchemy import text

from ledger.errors import Erased, KeyUnavailable
from ledger.master import MasterKey
from ledger.memory import Memory, master_key
from ledger.sealing import KeySeal, SealBroken
from tests.ledger.samples import NOW

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"


def test_the_master_key_is_drawn_once_and_only_its_owner_reads_it(tmp_path):
    key = master_key(tmp_path)
    file = tmp_path / "keys" / "master.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_size == 32
    assert master_key(tmp_path).key_id == key.key_id
    assert [each.name for each in file.parent.iterdir()] == ["master.key"]


def test_processes_that_draw_at_once_agree(tmp_path):
    ids = []
    start = threading.Barrier(4)

    def draw() -> None:
        start.wait()
        ids.append(MasterKey.ensured(tmp_path / "master.key").key_id)

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda file: file.chmod(0o640), "key_permissions"),
        (lambda file: file.write_bytes(b"short"), "key_malformed"),
        (lambda file: file.unlink(), "key_missing"),
    ],
)
def test_a_spoilt_master_key_is_refused(tmp_path, spoil, code):
    file = tmp_path / "master.key"
    MasterKey.ensured(file)
    spoil(file)
    with pytest.raises(KeyUnavailable) as caught:
        MasterKey(file)
    assert caught.value.code == code
    assert str(file) in caught.value.sentence


def test_a_directory_that_cannot_hold_the_key_is_named(tmp_path):
    (tmp_path / "keys").write_text("a file in the way")
    with pytest.raises(KeyUnavailable) as caught:
        master_key(tmp_path)
    assert caught.value.code == "key_directory"


def test_a_seal_opens_only_its_own_at_its_own_place():
    seal = KeySeal(os.urandom(32))
    sealed = seal.seal(b"13800000000", "7")
    assert seal.open(sealed, "7") == b"13800000000"
    for broken, place in (
        (sealed, "8"),
        (sealed[:-1] + b"x", "7"),
        (b"\x02" + sealed[1:], "7"),
        (b"\x01", "7"),
    ):
        with pytest.raises(SealBroken):
            seal.open(broken, place)
    with pytest.raises(SealBroken):
        KeySeal(os.urandom(32)).open(sealed, "7")


def test_a_campaigns_key_is_made_once_and_names_persons_without_telling_them(memory, url, key):
    made = memory.keys.campaign(CAMPAIGN)
    sealed = made.seal(b"x", "1")
    other = Memory(url, key)
    assert other.keys.campaign(CAMPAIGN).open(sealed, "1") == b"x"
    assert other.keys.campaign(CAMPAIGN).person("a@example.org") == made.person("a@example.org")
    assert other.keys.identity == memory.keys.identity
    other.close()
    assert made.person("a@example.org") != memory.keys.campaign(CAMPAIGN + "0").person("a@example.org")
    assert len(made.person("a@example.org")) == 64


def test_a_destroyed_key_is_gone_from_every_process(memory, url, key, tmp_path):
    other = Memory(url, key)
    sealed = memory.keys.campaign(CAMPAIGN).seal(b"x", "1")
    sha256 = memory.artefacts.put(b"list of names", "text/csv", CAMPAIGN)
    assert other.artefacts.get(sha256).data == b"list of names"
    with memory.database.reading() as connection:
        wrapped = bytes(connection.execute(text("SELECT wrapped FROM campaign")).scalar_one())
    assert memory.keys.destroy(CAMPAIGN, NOW)
    assert not memory.keys.destroy(CAMPAIGN, NOW)
    for each in (memory, other):
        with pytest.raises(Erased, match="was destroyed"):
            each.keys.campaign(CAMPAIGN)
        with pytest.raises(Erased):
            each.artefacts.get(sha256)
    other.close()
    assert sealed
    if memory.database.sqlite:
        for file in tmp_path.glob("ledger.db*"):
            assert wrapped[-32:] not in file.read_bytes()


def test_another_master_key_is_refused(memory, url, tmp_path):
    assert memory.keys.identity.id
    with pytest.raises(KeyUnavailable) as caught:
        Memory(url, MasterKey.ensured(tmp_path / "other.key"))
    assert caught.value.code == "key_other"


def test_keyed_hashes_are_stable_and_separated_by_purpose(memory):
    assert memory.keys.keyed("finding", "x") == memory.keys.keyed("finding", "x")
    assert memory.keys.keyed("finding", "x") != memory.keys.keyed("incident", "x")
    assert len(memory.keys.keyed("finding", "x")) == 32


@pytest.mark.parametrize("owner", ["", "installation", CAMPAIGN])
def test_an_artefact_comes_back_and_is_stored_once(memory, owner):
    sha256 = memory.artefacts.put(b"report", "text/html", owner)
    assert memory.artefacts.put(b"report", "text/plain", "") == sha256
    found = memory.artefacts.get(sha256)
    assert (found.data, found.media_type, found.owner) == (b"report", "text/html", owner)
    with memory.database.reading() as connection:
        stored = bytes(connection.execute(text("SELECT data FROM artefact")).scalar_one())
    assert (stored == b"report") is (owner == "")
    assert memory.artefacts.get("0" * 64) is None
