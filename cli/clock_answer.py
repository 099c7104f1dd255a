"""`tocsin clock ack` and `rearm`: somebody answers for an alarm; a clock that was ended runs again."""

from typing import Annotated

import typer

from cli.duty_keys import duty_of
from cli.giving import Giving, Incident
from cli.hand import Hand
from cli.output import Output, as_json, write, write_json
from domain.clock import ClockState
from domain.evolve_clock import fold_clock
from domain.fact import read
from domain.ids import clock_stream
from service.library import Library
from service.reading import Reading

app = typer.Typer()
Duty = Annotated[
    str,
    typer.Argument(metavar="DUTY", help="`CN-NCIRM-4-OTHER/cac-provincial/1`, or as much of it as is clear."),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="HANDLE", envvar="TOCSIN_OPERATOR", help="Who you are, as the settings know you."
    ),
]


@app.command()
def ack(
    incident: Incident,
    duty: Duty,
    as_: As = None,
    alarm: Annotated[
        int | None,
        typer.Option(
            "--alarm", metavar="N", min=1, help="The alarm that you heard; refused when a later one has rung."
        ),
    ] = None,
    output: Output = None,
) -> None:
    """Answer for an alarm: it climbs to nobody further. The next ones ring, and only a receipt settles."""
    from service.clock_desk import acknowledge  # noqa: PLC0415 - help needs no Temporal client

    hand = Hand(Giving(output=output), incident)
    key = duty_of(hand.state, duty).key
    taken = acknowledge(incident, key, operator=as_, alarm=alarm)
    if as_json(output):
        write_json({"duty": str(key), "taken": bool(taken.lines), "version": taken.version})
    elif taken.lines:
        write(f"You answer for the alarm of {key}: it climbs no further. The next one rings all the same.")
    else:
        write(f"Somebody answers for the alarm of {key} already.")


@app.command()
def rearm(incident: Incident, duty: Duty, as_: As = None, output: Output = None) -> None:
    """Start a clock again that somebody ended in Temporal, where its record stands."""
    from service.clock_desk import rearm as start  # noqa: PLC0415 - help needs no Temporal client

    hand = Hand(Giving(output=output), incident)
    key = duty_of(hand.state, duty).key
    stream = clock_stream(incident, str(key))
    facts = [read(line) for line in Reading(hand.place).lines(stream)]
    clock = fold_clock(ClockState(key=key, stream=stream), facts)
    library = Library.open()
    plan = library.plan_of(hand.state) or library.playbook
    start(hand.state, key, clock, plan.alarms, operator=as_)
    if as_json(output):
        write_json({"duty": str(key), "version": clock.version})
    else:
        write(f"The clock of {key} runs again from version {clock.version} of its record.")
