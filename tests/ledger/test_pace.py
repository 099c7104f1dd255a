"""One row for each budget, moved on by whoever takes a place, over threads and workers."""

import threading
import time

import pytest

from ledger.memory import Memory
from ledger.migrate import migrate


@pytest.fixture
def pace(memory):
    return memory.pace


def test_places_lie_one_behind_the_other(pace):
    taken = [pace.take([("sms", 50)], 1000) for _ in range(4)]
    assert all(done for done, _ in taken)
    waits = [wait for _, wait in taken]
    assert waits == pytest.approx([0, 50, 100, 150], abs=10)
    assert pace.take([("sms", 50)], 100)[0] is False
    assert pace.take([("sms", 50)], 100)[1] == pytest.approx(200, abs=10)
    assert pace.take([("voice", 50)], 100) == (True, pytest.approx(0, abs=10))


def test_a_row_before_the_last_is_not_queued_in(pace):
    rows = [("email/qq.com", 300), ("email", 50)]
    assert pace.take(rows, 500)[0]
    assert pace.take(rows, 500) == (False, pytest.approx(300, abs=10))
    # Whoever found no place took nothing of the other row either.
    assert pace.take([("email", 50)], 500) == (True, pytest.approx(50, abs=10))


def test_a_held_row_gives_no_place_and_a_shorter_hold_does_not_shorten_it(pace):
    pace.hold("sms", 600)
    pace.hold("sms", 1)
    assert pace.take([("sms", 1)], 5) == (False, pytest.approx(600, abs=10))


def test_two_workers_never_get_the_same_place(url, key):
    migrate(url)
    workers = [Memory(url, key) for _ in range(2)]
    starts, lock = [], threading.Lock()

    def work(memory):
        for _ in range(10):
            done, wait = memory.pace.take([("sms", 1)], 600)
            assert done
            with lock:
                starts.append(time.monotonic() + wait)

    try:
        threads = [threading.Thread(target=work, args=(memory,)) for memory in workers * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    finally:
        for memory in workers:
            memory.close()
    assert len(starts) == 60
    # Sixty places of a second each, and none of them shared: nobody waited for them here.
    assert max(starts) - min(starts) == pytest.approx(59, abs=10)
    assert len({round(start) for start in starts}) > 40
