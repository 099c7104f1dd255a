"""The garbage collector as a worker has it, for as long as ours is measured and no longer."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from service.running import settled


@contextmanager
def as_in_a_worker() -> Iterator[None]:
    """Set the collector as a worker does; behind the block it is as the plain way leaves it."""
    usual = gc.get_threshold()
    settled()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)
