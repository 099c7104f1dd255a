"""`tocsin notify evidence`: was this person told, when, saying what; and the proof of it."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.giving import Incident
from cli.output import Output, as_json, write, write_json, write_table
from cli.stop import Exit, Stop, usage


def evidence(  # noqa: PLR0913, PLR0917 - one parameter for each option
    incident: Incident,
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="The campaign's number.")],
    person: Annotated[
        str,
        typer.Option(
            "--person",
            metavar="ADDRESS",
            help="E-mail address or telephone number; `-` reads it from the standard input, so that it "
            "stands in no history and no list of processes.",
        ),
    ] = "",
    identity: Annotated[
        str, typer.Option("--id", metavar="ID", help="The person's id in the list; `-` as for --person.")
    ] = "",
    seq: Annotated[int, typer.Option("--seq", min=0, help="The row's number.")] = 0,
    as_: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="HANDLE", envvar="TOCSIN_OPERATOR", help="Who you are, as the settings know you."
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why; written into the ledger, so without names and addresses.")
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write the whole bundle there, readable by you alone."),
    ] = None,
    output: Output = None,
) -> None:
    """Open one person's record and prove it; only for certain roles, and each opening is a fact.

    The proof is one of the root in the ledger; docs/evidence/check_proof.py checks a bundle without Tocsin.
    """
    from service.evidence import Asked, reveal  # noqa: PLC0415 - opening rows takes the ledger's libraries

    if sum(map(bool, (person, identity, seq))) != 1:
        raise usage("Name one person: --person ADDRESS, --id ID, or --seq N.")
    if to is not None and (to.exists() or not to.parent.is_dir()):
        raise Stop("cli.file", f"{to} cannot be written: it exists, or its folder does not.", Exit.USAGE)
    found = reveal(
        Asked(
            incident=incident,
            campaign=number,
            operator=as_,
            reason=reason,
            address=_given(person),
            identity=_given(identity),
            seq=seq,
        )
    )
    if to is not None:
        _keep(to, found)
    if as_json(output):
        write_json(found)
    else:
        _tell(found)
        if to is not None:
            write(f"The bundle is in {to}; check it with docs/evidence/check_proof.py.")


def _given(text: str) -> str:
    return sys.stdin.readline().strip() if text == "-" else text


def _keep(path: Path, found: dict[str, Any]) -> None:
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(found, file, ensure_ascii=False, indent=1)
            file.write("\n")
    except OSError as error:
        raise Stop("cli.file", f"{path} cannot be written: {error.strerror}.", Exit.USAGE) from error


def _tell(found: dict[str, Any]) -> None:
    row, person, proof = found["row"], found["person"], found["proof"]
    who = " ".join(filter(None, person.values())) if person else "erased: the campaign's key was destroyed"
    rows = [
        ("person", who),
        ("row", f"{row['seq']}, hidden name {row['person'][:12]}…"),
        ("state", f"{row['state']} by {row['channel']}" + (f", {row['code']}" if row["code"] else "")),
        ("route", f"{row['route']}, leg {row['leg'] + 1}"),
        ("attempts", f"{row['attempts']}" + (", possibly told twice" if row["possible_duplicate"] else "")),
        ("provider's name for it", row["provider_ref"] or "–"),
        *((name.replace("_", " "), at) for name, at in found["instants"].items()),
        *(
            (f"receipt after the end, leg {late['leg'] + 1}", f"{late['state']} {late['at']} {late['code']}")
            for late in found["late_receipts"]
        ),
        ("proof", _proof(proof)),
    ]
    write_table((), rows)
    _words(found["message"])


def _proof(proof: dict[str, Any] | None) -> str:
    if proof is None:
        return "none yet: the campaign is not over"
    return f"leaf {proof['index'] + 1} of {proof['size']:,} under the ledger's root {proof['root'][:12]}…"


def _words(message: dict[str, Any] | None) -> None:
    if message is None:
        write("No message left for this person, or it cannot be written again.")
        return
    subject, text, _ = message["words"]
    sure = (
        "templates and facts are the frozen ones"
        if message["certain"]
        else "templates or facts have changed since: the words may have been others"
    )
    write(f"What was said (SHA-256 {message['sha256'][:12]}…; {sure}):")
    write("\n".join(filter(None, (subject, text))))
