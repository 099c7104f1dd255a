"""`tocsin law adopt`: an incident goes by the installed law packs from here on, if two persons say so."""

import typer

from cli.giving import Giving, Incident, order
from cli.hand import Hand
from cli.law_diff import tell
from cli.law_packs import Packs, law_packs
from cli.look import DryRun, Look, Yes
from cli.output import as_json, write, write_json
from domain import commands as c
from domain.approval import adoption_subject
from domain.organisation import Organisation
from domain.pack import Pack, digest
from service.law import law_here

app = typer.Typer()


@app.command()
@order
def adopt(
    giving: Giving,
    incident: Incident,
    packs: Packs = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> None:
    """Let an incident go by the law packs in use now; needs --reason and a second person's agreement."""
    hand = Hand(giving, incident)
    opened = hand.state.opened
    law = law_here(law_packs(packs), opened.organisation if opened else Organisation())
    new = digest(*law) if law else ""
    _shown(hand, law, new, quiet=as_json(giving.output), dry_run=dry_run)
    if not dry_run:
        hand.order(c.AdoptPacks(packs=law), look=Look(yes=yes))


def _shown(hand: Hand, law: tuple[Pack, ...], new: str, *, quiet: bool, dry_run: bool) -> None:
    from service.handing import consider  # noqa: PLC0415 - help needs no Temporal client

    state = hand.state
    changed = consider(state.incident, law)
    if not quiet:
        write(f"Law packs {state.packs_digest} → {new}")
        tell(state.incident, changed)
    if not dry_run:
        return
    subject = adoption_subject(new)
    if quiet:
        write_json(
            {
                "incident": state.incident,
                "old_digest": state.packs_digest,
                "new_digest": new,
                "subject": subject,
                **changed.model_dump(mode="json"),
            }
        )
    else:
        write(f"Nothing was changed: a second person agrees by tocsin approve {state.incident} {subject}")
