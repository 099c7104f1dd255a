"""The playbooks for incidents: YAML files that a lead edits, and the parts that they include."""

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from domain.model import Value
from domain.playbook import Playbook, Step, StepPhase, Words
from playbooks.document import Document, Loc
from playbooks.invalid import PackInvalid
from playbooks.reading import read

PLAYBOOKS = Path(__file__).parent / "incident"
PARTS = "parts"
DEFAULT = PLAYBOOKS / "data-leak.yaml"
PHASES: tuple[StepPhase, ...] = (
    "assessment",
    "containment",
    "reporting",
    "notification",
    "referral",
    "recovery",
    "closing",
)
STAGES = ("initial", "supplement", "update", "final", "referral")


class PlaybookFile(Playbook):
    """A playbook as it stands in its file: with the names of the parts whose steps it takes in."""

    include: tuple[str, ...] = Field(
        default=(),
        description="parts under `parts/` whose steps are taken in, each in its phase, unless a step of the "
        "same id stands here",
    )


class Part(Value):
    """Steps that several playbooks share."""

    id: str
    title: Words
    steps: tuple[Step, ...] = Field(min_length=1)


@dataclass(slots=True)
class Read:
    """A playbook that was read, and where each of its steps stands, for what is said about it later."""

    playbook: Playbook
    document: Document
    places: list[tuple[Document, int]] = field(default_factory=list)

    def invalid(self, loc: Loc, sentence: str) -> PackInvalid:
        """Say what is wrong with a field of the playbook, in the file where the field stands."""
        match loc:
            case ("steps", int(number), *rest):
                document, place = self.places[number]
                return document.invalid(("steps", place, *rest), sentence)
        return self.document.invalid(loc, sentence)


def load_playbook(path: Path = DEFAULT) -> Playbook:
    """Read and check one playbook.

    Raises:
        PackInvalid: where it does not hold, with file, line, field and what would be right.

    """
    return read_playbook(path).playbook


def read_playbook(path: Path) -> Read:
    """Read and check one playbook, and keep where its fields stand.

    Raises:
        PackInvalid: as `load_playbook`.

    """
    written, document = read(path, PlaybookFile)
    _check_steps(written.steps, document)
    steps: list[tuple[Step, Document, int]] = []
    taken = {step.id for step in written.steps}
    for place, name in enumerate(written.include):
        part, source = _part(document, place, name)
        for number, step in enumerate(part.steps):
            if step.id not in taken:
                taken.add(step.id)
                steps.append((step, source, number))
    steps += [(step, document, place) for place, step in enumerate(written.steps)]
    steps.sort(key=lambda item: PHASES.index(item[0].phase))
    fields = {name: getattr(written, name) for name in Playbook.model_fields}
    playbook = Playbook(**{**fields, "steps": tuple(step for step, _, _ in steps)})
    _check(playbook, document)
    return Read(playbook, document, [(source, place) for _, source, place in steps])


def playbook_files(directory: Path) -> list[Path]:
    """The playbooks of a directory, in the order of their names.

    Raises:
        PackInvalid: where there is none.

    """
    found = sorted(directory.glob("*.yaml"))
    if not found:
        raise PackInvalid(directory, 1, "", "there is no playbook here; name a directory with *.yaml files.")
    return found


def _part(document: Document, place: int, name: str) -> tuple[Part, Document]:
    folders = (document.path.parent / PARTS, PLAYBOOKS / PARTS)
    found = {file.stem: file for folder in reversed(folders) for file in sorted(folder.glob("*.yaml"))}
    if name not in found:
        raise document.invalid(
            ("include", place), f"there is no part {name}; {PARTS}/ has {', '.join(sorted(found))}."
        )
    part, source = read(found[name], Part)
    if part.id != name:
        raise source.invalid(("id",), f"a part is called like its file: {name}.")
    _check_steps(part.steps, source)
    return part, source


def _check_steps(steps: tuple[Step, ...], document: Document) -> None:
    seen: set[str] = set()
    for place, step in enumerate(steps):
        loc = ("steps", place)
        if step.id in seen:
            raise document.invalid((*loc, "id"), f"the step {step.id} stands here twice; keep one.")
        seen.add(step.id)
        if (step.mode == "automatic") != (step.action is not None):
            raise document.invalid(
                (*loc, "mode"), "an automatic step names its action, and a step of another mode has none."
            )
        if step.undo and step.mode != "automatic":
            raise document.invalid((*loc, "undo"), "only an automatic step has an undo that can be called.")
        if step.mode == "duty" and not step.serves:
            raise document.invalid((*loc, "mode"), "a duty step names the duties that it serves in serves.")


def _check(playbook: Playbook, document: Document) -> None:
    for phase in ("containment", "recovery"):
        if not any(step.phase == phase for step in playbook.worked):
            raise document.invalid(
                ("steps",),
                f"no step of mode manual or automatic has the phase {phase}; the incident needs one.",
            )
    percents = playbook.alarms.percents
    if list(percents) != sorted(set(percents)) or not 0 < percents[0] <= percents[-1] <= 100:  # noqa: PLR2004 -- per cent
        raise document.invalid(("alarms", "percents"), "they rise from above 0 to at most 100, each once.")
    for name in ("channels", "messages"):
        said = getattr(playbook.notification, name)
        if len(set(said)) != len(said):
            raise document.invalid(("notification", name), f"each of the {name} stands here once.")
    for stage in set(playbook.forms) - set(STAGES):
        raise document.invalid(("forms", stage), f"a stage is one of {', '.join(sorted(STAGES))}.")
