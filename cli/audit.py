"""`tocsin audit` looks once; `tocsin auditor` looks on and on."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Output, as_json, write, write_json, write_table
from cli.stop import Exit, Stop, usage
from cli.times import shown, zone_of
from service.logs import to_stderr

if TYPE_CHECKING:
    from domain.finding import Finding
    from service.auditor.once import Audit

app = typer.Typer()


@app.command()
def audit(
    accept: Annotated[
        str,
        typer.Option(
            "--accept",
            metavar="KEY",
            help="Answer for one finding by its key, such as a reset; it is not told again.",
        ),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it is accepted; without names.")] = "",
    operator: Annotated[
        str, typer.Option("--as", envvar="TOCSIN_OPERATOR", help="Who accepts it: a handle.")
    ] = "",
    output: Output = None,
) -> None:
    """Compare Temporal with the ledger once; exit code 7 when something is found."""
    from service.auditor.once import accept as accepting  # noqa: PLC0415 - help must not wait for the engine
    from service.auditor.once import audited  # noqa: PLC0415 - as above
    from service.running import run  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    settings = load()
    found = run(audited(settings))
    if accept:
        if accept not in {finding.key for finding in found.findings if finding.mark}:
            sentence = (
                f"No finding that could be accepted has the key {accept!r}; tocsin audit lists the keys."
            )
            raise Stop("cli.not_found", sentence, Exit.NOT_FOUND)
        if operator not in settings.operators or not reason:
            raise usage("Accepting a finding needs --as with a handle of TOCSIN_OPERATORS, and --reason.")
        accepting(settings, accept, operator, reason)
        write(f"Accepted: {accept}")
        return
    if as_json(output):
        write_json(_json(found))
    else:
        _table(found, settings.timezone)
    raise typer.Exit(Exit.FINDINGS if found.findings else Exit.OK)


@app.command()
def auditor(
    ctx: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Only whether an auditor has looked lately, for a health check.")
    ] = False,
    beside: Annotated[
        bool, typer.Option("--beside", help="Tell, and leave, when standard input closes (tocsin up).")
    ] = False,
) -> None:
    """Look again and again and raise the alarm, until SIGTERM or Ctrl-C."""
    from service.auditor.round import alive, keep_watch  # noqa: PLC0415 - help must not wait for the engine
    from service.running import run  # noqa: PLC0415 - as above
    from service.settings import load  # noqa: PLC0415 - as above

    settings = load()
    if check:
        if not alive(settings, datetime.now(UTC)):
            raise Stop("cli.auditor_silent", "No auditor has looked lately.", Exit.UNREACHABLE)
        write("The auditor looks.")
        return
    to_stderr(debug=bool(ctx.find_root().params.get("debug")))
    run(keep_watch(settings, write, beside=beside))


def _json(found: "Audit") -> dict[str, object]:
    return {
        "at": found.look.at,
        "complete": found.look.complete,
        "incidents": found.look.incidents,
        "clocks": found.look.clocks,
        "findings": [_finding(finding) for finding in found.findings],
        "accepted": [_finding(finding) for finding in found.accepted],
    }


def _finding(finding: "Finding") -> dict[str, object]:
    from domain.finding import KINDS  # noqa: PLC0415 - as above

    return {**finding.model_dump(mode="json"), "key": finding.key, "means": KINDS[finding.kind].en}


def _table(found: "Audit", timezone: str) -> None:
    from domain.finding import KINDS  # noqa: PLC0415 - as above

    look, zone = found.look, zone_of(timezone)
    if found.findings:
        write_table(
            ("kind", "subject", "due", "what", "key"),
            (
                (
                    f"{finding.kind}{' (drill)' if finding.drill else ''}",
                    finding.subject,
                    shown(finding.due_at, zone),
                    "; ".join(part for part in (KINDS[finding.kind].en, finding.detail) if part),
                    finding.key if finding.mark else "",
                )
                for finding in found.findings
            ),
        )
    accepted = f", {len(found.accepted)} more accepted" if found.accepted else ""
    seen = "" if look.complete else " Not everything could be looked at."
    write(
        f"{len(found.findings)} findings{accepted}; {look.incidents} incidents are open, "
        f"{look.clocks} clocks must run.{seen}"
    )
