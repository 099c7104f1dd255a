"""`tocsin step`: the plan's steps."""

from typing import Annotated, get_args

import typer

from cli.giving import Giving, Incident, order
from cli.hand import Awaited, Hand, Outcome
from cli.output import Output, as_json, write, write_json, write_table
from cli.stop import Exit, Stop
from cli.times import due
from cli.words import one_of
from domain import commands as c
from domain.facts import StepMove
from domain.plan import Planned, plan
from domain.state import State
from service.library import plan_of

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
    """List the plan's steps and where each stands; the ones that follow their duties too."""
    hand = Hand(Giving(output=output), incident)
    playbook = plan_of(hand.state)
    planned = plan(hand.state, playbook) if playbook else ()
    if as_json(output):
        write_json([_plain(each) for each in planned] if planned else hand.state.steps)
        return
    if not planned:
        write_table(("step", "status"), hand.state.steps.items())
        return
    rows = (
        (
            each.step.phase,
            each.step.id,
            each.status,
            each.step.title.zh,
            each.step.owner,
            each.step.mode,
            due(each.due_at, hand.now, hand.zone) if each.due_at else "",
        )
        for each in planned
    )
    write_table(("phase", "step", "status", "", "owner", "mode", "until"), rows)


@app.command()
def show(
    incident: Incident,
    step: Annotated[str, typer.Argument(metavar="STEP", help="The step's id.")],
    output: Output = None,
) -> None:
    """Show one step: what to do, whose it is, until when, and the duties that it serves."""
    hand = Hand(Giving(output=output), incident)
    playbook = plan_of(hand.state)
    planned = plan(hand.state, playbook) if playbook else ()
    found = next((each for each in planned if each.step.id == step), None)
    if found is None:
        names = ", ".join(each.step.id for each in planned) or "no playbook that is still here"
        raise Stop("cli.not_found", f"The plan has no step {step}; it has {names}.", Exit.NOT_FOUND)
    if as_json(output):
        write_json(_plain(found))
        return
    write(f"{found.step.id} ({found.step.phase}, {found.step.mode}, {found.step.owner}) is {found.status}")
    write(f"{found.step.title.zh} / {found.step.title.en}")
    if found.due_at:
        write(f"until {due(found.due_at, hand.now, hand.zone)}")
    if found.step.how:
        write(f"\n{found.step.how.zh}\n\n{found.step.how.en}")
    if found.duties:
        write("\n" + "\n".join(f"- {key}: {hand.state.duties[str(key)].status}" for key in found.duties))


def _plain(planned: Planned) -> dict[str, object]:
    duties = [str(key) for key in planned.duties]
    return {
        **planned.step.model_dump(mode="json"),
        "status": planned.status,
        "due_at": planned.due_at,
        "duties": duties,
    }


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
