"""One batch in a process of its own, which a test may kill: `python -m tests.activities.one_batch ORDER`.

The order is JSON: the ledger's `url`, the `data` folder with its key, the mail server's `port`, and the
`step` at which the process ends itself by SIGKILL, if any. `begun` is printed once, when the batch begins.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from temporalio.testing import ActivityEnvironment

from activities.deliver import Deliver
from activities.senders import Senders
from ledger.memory import Memory, master_key
from playbooks.messages import Messages
from tests.activities.conftest import CONTACT, mailing, request_for


def die():
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """The rows of a real ledger, in a process that ends before or after it asks something of them."""

    def __init__(self, deliveries, step):
        self._deliveries = deliveries
        self._step = step
        self.claimed = False

    def __getattr__(self, name):
        return getattr(self._deliveries, name)

    def claim(self, *args):
        if self._step == "before-intent":
            die()
        rows = self._deliveries.claim(*args)
        if self._step == "after-intent":
            die()
        self.claimed = True
        return rows

    def settle(self, *args):
        answer = self._deliveries.settle(*args)
        if self._step == "after-commit":
            die()
        return answer


async def tell(memory, port, step="", attempt=1):
    """Run the batch as one attempt of its activity."""
    deliveries = Mortal(memory.deliveries, step)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, start_to_close_timeout=timedelta(minutes=5), attempt=attempt)
    if step == "before-heartbeat":
        environment.on_heartbeat = lambda *_: die() if deliveries.claimed else None
    async with mailing(port) as mail:
        deliver = Deliver(
            deliveries, memory.keys, Senders({"email": mail}, {}), Messages(CONTACT), domain="tocsin.invalid"
        )
        return await environment.run(deliver.batch, request_for())


def main():
    order = json.loads(sys.argv[1])
    memory = Memory(order["url"], master_key(Path(order["data"])))
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    asyncio.run(tell(memory, order["port"], order["step"]))


if __name__ == "__main__":
    main()
