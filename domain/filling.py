"""Fill a form from the facts as they stand; every field names what it comes from."""

from collections.abc import Mapping
from typing import Literal

from domain.facts import Stage
from domain.form import Earlier, FilledItem, Form, Sheet
from domain.material import Material
from domain.playbook import Words
from domain.revision import changes
from domain.sources import Sources
from domain.term import UNKNOWN

__all__ = ["Material", "fill", "revised"]


def fill(
    form: Form,
    material: Material,
    stage: Stage | Literal["referral"],
    contact: Words,
    titles: Mapping[str, Words],
) -> Sheet:
    """Fill the form.

    A first report and an update lack what is missing of the least that they must say, where the form lets
    them hold the least only; everything else, a supplement and a final report lack every field without a
    source.

    Args:
        form: what must be said.
        material: the facts as they stand.
        stage: where the report stands in its story.
        contact: how the organisation is reached, from the settings.
        titles: step id → title; a step without one is called by its id.

    """
    sources = Sources(material, contact, titles)
    items = tuple(
        FilledItem(
            number=item.number,
            label=item.label,
            fields=tuple(sources.filled(field) for field in item.fields if sources.applies(field)),
        )
        for item in form.items
    )
    everything = stage in {"supplement", "final"} or not _least_will_do(form, material)
    asked = {field.id for item in form.items for field in item.fields if not field.optional}
    least = {field.id for item in form.items for field in item.fields if field.minimum}
    wanted = asked if everything else asked & least
    empty = [field.id for item in items for field in item.fields if field.said is None]
    return Sheet(
        incident=material.incident,
        number=material.number,
        form=form.id,
        form_digest=form.digest,
        title=form.title,
        basis=form.basis,
        stage=stage,
        drill=material.drill,
        drawn_at=material.at,
        organisation=material.organisation.name or "",
        duties=material.duties,
        items=items,
        missing=tuple(name for name in empty if name in wanted),
        pending=tuple(name for name in empty if name in asked - wanted),
    )


def revised(sheet: Sheet, earlier: Earlier, before: Sheet) -> Sheet:
    """Say in a sheet what it follows on, and what it says otherwise than that."""
    return sheet.model_copy(update={"earlier": earlier, "changes": changes(before, sheet)})


def _least_will_do(form: Form, material: Material) -> bool:
    """Say whether a first report may hold the least only: where the fact for it is ruled out or sought.

    A fact that nobody recorded is neither: whoever sends the least has looked and cannot tell yet.
    """
    if not form.least_while_false:
        return True
    known = material.facts.get(form.least_while_false)
    return known is not None and known.value in {False, UNKNOWN}
