"""The playbooks for incidents: YAML files that a lead edits."""

from pathlib import Path

from domain.playbook import Playbook
from playbooks.document import Document
from playbooks.reading import read

PLAYBOOKS = Path(__file__).parent / "incident"
DEFAULT = PLAYBOOKS / "data-leak.yaml"


def load_playbook(path: Path = DEFAULT) -> Playbook:
    """Read and check one playbook.

    Raises:
        PackInvalid: where it does not hold, with file, line, field and what would be right.

    """
    playbook, document = read(path, Playbook)
    _check(playbook, document)
    return playbook


def _check(playbook: Playbook, document: Document) -> None:
    seen: set[str] = set()
    for place, step in enumerate(playbook.steps):
        loc = ("steps", place)
        if step.id in seen:
            raise document.invalid((*loc, "id"), f"the step {step.id} stands here twice; keep one.")
        seen.add(step.id)
        if (step.mode == "automatic") != (step.action is not None):
            raise document.invalid(
                (*loc, "mode"), "an automatic step names its action, and a manual one has none."
            )
        if step.undo and step.mode == "manual":
            raise document.invalid((*loc, "undo"), "only an automatic step has an undo that can be called.")
    percents = playbook.alarms.percents
    if list(percents) != sorted(set(percents)) or not 0 < percents[0] <= percents[-1] <= 100:  # noqa: PLR2004 -- per cent
        raise document.invalid(("alarms", "percents"), "they rise from above 0 to at most 100, each once.")
    channels = playbook.notification.channels
    if len(set(channels)) != len(channels):
        raise document.invalid(("notification", "channels"), "each channel stands here once.")
    stages = {"initial", "supplement", "update", "final", "referral"}
    for stage in set(playbook.forms) - stages:
        raise document.invalid(("forms", stage), f"a stage is one of {', '.join(sorted(stages))}.")
