"""Commands as operators type them, run in this process beside the house that they ask."""

import asyncio
import json

from typer.testing import CliRunner

from cli.main import app
from tests.stories.house import House


async def typed(house: House, *words: str, by: str = "", code: int = 0) -> str:
    """Type a command and read what it says, to a person; a refusal's sentence is part of that."""
    folder = house.settings.data_dir
    environment = {
        "TOCSIN_DATA_DIR": str(folder),
        "TOCSIN_CONFIG": str(folder / "tocsin.yaml"),
        "TOCSIN_OPERATOR": by or None,
        "COLUMNS": "400",
    }
    # In a thread of its own, for an order has an event loop of its own.
    told = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=environment)
    assert told.exit_code == code, f"{words}: {told.output}{told.exception!r}"
    return told.output


async def shown(case) -> str:
    """The incident's board as a person sees it, without the timeline, so that each duty has one line."""
    return await typed(case.house, "incident", "show", case.incident, "-o", "table", "--timeline", "0")


async def clocks(case) -> dict[str, dict[str, object]]:
    """What `tocsin clock list` says of each duty's clock, running or not."""
    said = await typed(case.house, "clock", "list", case.incident, "--all", "-o", "json")
    return {row["key"]: row for row in json.loads(said)}


def line(said: str, *words: str) -> str:
    """The only line of an answer that has all these words."""
    found = [each for each in said.splitlines() if all(word in each for word in words)]
    assert len(found) == 1, f"{words} in {len(found)} lines of\n{said}"
    return found[0]
