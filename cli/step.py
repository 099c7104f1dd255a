"""`tocsin step`: the plan's steps."""

from typing import Annotated, get_args

import typer

from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.output import Output, as_json, write_json, write_table
from cli.words import one_of
from domain import commands as c
from domain.facts import StepMove
from domain.state import State
from service.library import incident_playbook

app = typer.Typer(help="See the plan's steps, and move them.", no_args_is_help=True)
_MOVES: tuple[StepMove, ...] = get_args(StepMove)


@app.command()
@order
def advance(
    giving: Giving,
    incident: Incident,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step's id.")],
    to: Annotated[
        str, typer.Argument(metavar="start|done|failed|undo|skip", help="Where it goes; skip needs --reason.")
    ],
    note: Annotated[str, typer.Option("--note", help="A note for the record.")] = "",
) -> None:
    """Move one step; an automatic one is called and waited for."""
    move = one_of(to, _MOVES, "move")
    Hand(giving, incident).order(
        c.AdvanceStep(step=step, to=move, note=note), lambda state: _awaited(state, step, move)
    )


@app.command("list")
def list_(incident: Incident, output: Output = None) -> None:
    """List the plan's steps and where each stands."""
    hand = Hand(Giving(output=output), incident)
    if as_json(output):
        write_json(hand.state.steps)
        return
    plan = incident_playbook()
    rows = []
    for name, status in hand.state.steps.items():
        step = plan.step(name) if plan else None
        rows.append(
            (
                name,
                status,
                step.title.zh if step else "",
                step.owner if step else "",
                step.mode if step else "",
            )
        )
    write_table(("step", "status", "", "owner", "mode"), rows)


def _awaited(state: State, step: str, move: StepMove) -> Awaited | None:
    """Wait only for what was called: a manual step is not done by waiting."""
    busy = state.steps.get(step) in {"started", "undoing"}
    return (
        Awaited(f"step {step}", lambda now: _outcome(now, step, move))
        if busy and move in {"start", "undo"}
        else None
    )


def _outcome(state: State, step: str, move: StepMove) -> Outcome | None:
    status = state.steps.get(step)
    match status:
        case "started" | "undoing":
            return None
        case "failed":
            return Outcome(
                ok=False, said=f"step {step} failed; start it again, or do it by hand: step advance … done"
            )
        case "done" if move == "undo":
            return Outcome(ok=False, said=f"step {step} could not be taken back; it stands as done")
    return Outcome(ok=True, said=f"step {step} is {status}")
