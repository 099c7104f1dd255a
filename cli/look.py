"""What a command takes that shows its difference before it gives its order."""

from dataclasses import dataclass
from typing import Annotated

import typer


@dataclass(frozen=True, slots=True)
class Look:
    """That an order's difference is shown before it is given: `dry_run` ends there, `yes` asks nobody."""

    yes: bool = False
    dry_run: bool = False


Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask, on a terminal, before it is recorded.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what it would change, and record nothing.")]
