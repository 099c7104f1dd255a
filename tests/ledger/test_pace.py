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
    taken = [pace.take([("sms", 0.5)], 10) for _ in range(4)]
    assert all(done for done, _ in taken)
    waits = [wait for _, wait in taken]
    assert waits == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.3)
    assert pace.take([("sms", 0.5)], 1)[0] is False
    assert pace.take([("sms", 0.5)], 1)[1] == pytest.approx(2.0, abs=0.3)
    assert pace.take([("voice", 0.5)], 1) == (True, pytest.approx(0, abs=0.3))


def test_a_row_before_the_last_is_not_queued_in(pace):
    assert pace.take([("email/qq.com", 3), ("email", 0.1)], 5)[0]
    done, wait = pace.take([("email/qq.com", 3), ("email", 0.1)], 5)
    assert (done, wait) == (False, pytest.approx(3, abs=0.3))
    # Whoever found no place took nothing of the other row either.
    done, wait = pace.take([("email", 0.1)], 5)
    assert (done, wait) == (True, pytest.approx(0.1, abs=0.3))


def test_a_held_row_gives_no_place_and_a_shorter_hold_does_not_shorten_it(pace):
    pace.hold("sms", 60)
    pace.hold("sms", 1)
    done, wait = pace.take([("sms", 1)], 5)
    assert (done, wait) == (False, pytest.approx(60, abs=0.5))


def test_two_workers_never_get_the_same_place(url, key):
    migrate(url)
    workers = [Memory(url, key) for _ in range(2)]
    starts, lock = [], threading.Lock()

    def work(memory):
        for _ in range(10):
            done, wait = memory.pace.take([("sms", 0.01)], 60)
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
    # Sixty places of a hundredth of a second each, and none of them shared.
    assert max(starts) - min(starts) >= 59 * 0.01 - 0.005
