"""Let the SDK download its Temporal CLI into a folder; a script, run by its path and ended after a while."""

import asyncio
import os
import sys
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment


async def download(folder: str) -> None:
    """Leave the CLI in `folder`. It is asked for its help only, so no server ever starts."""
    try:
        await WorkflowEnvironment.start_local(
            download_dest_dir=folder,
            dev_server_extra_args=["--help"],
            dev_server_startup_timeout=timedelta(seconds=1),
        )
    except RuntimeError as error:
        # Always: a program that only shows its help serves nothing. Why nothing was fetched is in here.
        sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    asyncio.run(download(sys.argv[1]))
    # The SDK's threads may still run: leave without their destructors.
    os._exit(0)
