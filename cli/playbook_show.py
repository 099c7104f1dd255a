"""`tocsin playbook list` and `show`: which plans there are, and what one of them says."""

from collections.abc import Iterator
from typing import Annotated

import typer

from cli.output import Output, as_json, write, write_json, write_table
from cli.stop import Exit, Stop
from cli.times import span
from domain.playbook import Means, Playbook, Step
from service.library import Library

app = typer.Typer()


@app.command("list")
def list_(output: Output = None) -> None:
    """List the playbooks and when to choose which."""
    library = Library.open()
    default = library.playbook.id
    if as_json(output):
        write_json([{**_head(each), "default": each.id == default} for each in library.playbooks.values()])
        return
    write_table(
        ("playbook", "version", "kind", "steps", "", "when"),
        (
            (
                each.id + (" (default)" if each.id == default else ""),
                str(each.version),
                each.kind,
                str(len(each.steps)),
                each.title.zh,
                each.purpose.zh if each.purpose else "",
            )
            for each in library.playbooks.values()
        ),
    )


@app.command()
def show(
    playbook: Annotated[str, typer.Argument(metavar="ID", help="The playbook's id.")],
    output: Output = None,
) -> None:
    """Show a playbook: every step with what to do, whose it is and which duties it serves."""
    playbooks = Library.open().playbooks
    found = playbooks.get(playbook)
    if found is None:
        sentence = f"There is no playbook {playbook}; there are {', '.join(playbooks)}."
        raise Stop("cli.not_found", sentence, Exit.NOT_FOUND)
    if as_json(output):
        write_json({**_head(found), **found.model_dump(mode="json")})
        return
    for line in _written(found):
        write(line)


def _head(playbook: Playbook) -> dict[str, object]:
    return {
        "id": playbook.id,
        "version": playbook.version,
        "kind": playbook.kind,
        "digest": playbook.digest,
        "title": playbook.title,
        "purpose": playbook.purpose,
    }


def _written(playbook: Playbook) -> Iterator[str]:
    yield f"{playbook.id}, version {playbook.version}, for a case of kind {playbook.kind}"
    yield f"{playbook.title.zh} / {playbook.title.en}"
    yield f"SHA-256 {playbook.digest}"
    if playbook.purpose:
        yield f"\n{playbook.purpose.zh}\n{playbook.purpose.en}"
    phase = ""
    for step in playbook.steps:
        if step.phase != phase:
            phase = step.phase
            yield f"\n== {phase} =="
        yield from _step(step)
    targets, alarms, notification = playbook.targets, playbook.alarms, playbook.notification
    yield "\n== own times, alarms, notification =="
    yield f"at once: {span(targets.immediate)}; promptly: {span(targets.promptly)}"
    percents = ", ".join(f"{percent} %" for percent in alarms.percents)
    yield f"alarms at {percents}, then every {span(alarms.repeat)}, to {', '.join(alarms.roles)}"
    yield f"channels {', '.join(notification.channels)}; messages {', '.join(notification.messages)}"
    yield "forms " + ", ".join(f"{stage} {form}" for stage, form in playbook.forms.items())


def _step(step: Step) -> Iterator[str]:
    within = f", within {span(step.within)}" if step.within else ""
    action = f", calls {step.action}" if step.action else ""
    yield f"\n{step.id} ({step.mode}, {step.owner}{within}{action})"
    yield f"  {step.title.zh} / {step.title.en}"
    if step.how:
        yield f"  {step.how.zh}"
        yield f"  {step.how.en}"
    if step.serves:
        yield f"  serves {', '.join(_served(each) for each in step.serves)}"


def _served(served: str | Means) -> str:
    if isinstance(served, str):
        return served
    return f"all by {served.by}" + (f" of {', '.join(served.jurisdictions)}" if served.jurisdictions else "")
