"""The guides for filing by hand, of a folder."""

from pathlib import Path

from domain.filing import Guide
from playbooks.invalid import PackInvalid
from playbooks.reading import read

FILING = Path(__file__).parent / "filing"


class FilingGuides:
    """Every guide of a folder, checked.

    Raises:
        PackInvalid: for the first file that does not hold, with file, line and field.

    """

    def __init__(self, folder: Path = FILING) -> None:
        self._guides: list[Guide] = []
        for file in sorted(folder.glob("*.yaml")):
            guide, document = read(file, Guide)
            if guide.id != file.stem:
                raise document.invalid(("id",), f"a guide is called like its file: {file.stem}.")
            taken = {slug: other.id for other in self._guides for slug in other.authorities or ("",)}
            for slug in guide.authorities or ("",):
                if slug in taken:
                    whom = slug or "every other authority"
                    raise document.invalid(("authorities",), f"{taken[slug]} serves {whom} already.")
            self._guides.append(guide)
        if not any(not guide.authorities for guide in self._guides):
            raise PackInvalid(
                folder, 1, "", "no guide here serves every authority; leave out authorities in one."
            )

    def guide(self, authority: str) -> Guide:
        """The guide for an authority: its own, else the one for every other."""
        general = next(guide for guide in self._guides if not guide.authorities)
        return next((guide for guide in self._guides if authority in guide.authorities), general)
