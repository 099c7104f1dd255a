"""How a person files a paper by hand: where, with what, in which order, and what to bring back."""

from typing import Literal

from pydantic import Field, model_validator

from domain.facts import Filing
from domain.form import Sheet
from domain.model import Value
from domain.pack import Confidence
from domain.paper import duty_words
from domain.playbook import Words
from domain.work_said import STAGES

ByHand = Literal["portal", "hotline", "fax", "mini_program", "in_person"]


class Way(Value):
    """One way to an authority; `file` is the kind of file that is handed over, none if it is `read_out`."""

    channel: ByHand
    where: tuple[Words, ...] = ()
    have: tuple[Words, ...] = ()
    steps: tuple[Words, ...] = Field(min_length=1)
    ask: tuple[Words, ...] = Field(min_length=1, description="what to ask for and bring back")
    file: Literal["docx", "html"] | None = None
    read_out: bool = False
    source: str = ""
    confidence: Confidence | None = Field(default=None, description="how surely `where` is known")

    @model_validator(mode="after")
    def _known(self) -> "Way":
        if self.where and not (self.source and self.confidence):
            raise ValueError(f"the way {self.channel} says where: add source and confidence")
        return self


class Guide(Value):
    """The ways to the authorities of one guide; without `authorities` it serves every other one."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    version: int = Field(ge=1)
    title: Words
    authorities: tuple[str, ...] = Field(default=(), description="slugs of the law packs")
    note: Words
    ways: tuple[Way, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> "Guide":
        channels = [way.channel for way in self.ways]
        twice = sorted({name for name in channels if channels.count(name) > 1})
        if twice:
            raise ValueError(f"two ways are called {twice[0]}")
        return self

    def way(self, channel: Filing) -> Way | None:
        """The way by this channel; None where there is none by hand."""
        return next((way for way in self.ways if way.channel == channel), None)


class Copy(Value):
    """A file that was written for the filing, and its hash."""

    path: str
    sha256: str


class Checklist(Value):
    """What a person who files by hand goes by; `script` is read out line by line."""

    authority: str
    channel: Filing
    recipient: tuple[Words, ...]
    where: tuple[Words, ...]
    source: str
    confidence: Confidence | None
    have: tuple[Words, ...]
    steps: tuple[Words, ...]
    script: tuple[Words, ...]
    ask: tuple[Words, ...]
    note: Words
    files: tuple[Copy, ...]
    sha256: str
    drill: bool


def checklist(  # noqa: PLR0913 -- what a filing is made of
    guide: Guide,
    way: Way,
    sheet: Sheet,
    *,
    authority: str,
    known: str,
    files: tuple[Copy, ...],
    sha256: str,
) -> Checklist:
    """Write the list for one paper; `known` is where the organisation's own settings say it goes."""
    own = (Words(zh=known, en=known),) if known else ()
    return Checklist(
        authority=authority,
        channel=way.channel,
        recipient=tuple(duty_words(duty) for duty in sheet.duties),
        where=(*own, *(each for each in way.where if each not in own)),
        source=way.source,
        confidence=way.confidence,
        have=way.have,
        steps=way.steps,
        script=script(sheet) if way.read_out else (),
        ask=way.ask,
        note=guide.note,
        files=files,
        sha256=sha256,
        drill=sheet.drill,
    )


def script(sheet: Sheet) -> tuple[Words, ...]:
    """Write what is read out on the telephone, in the order of the form's items; what is empty is said so."""
    stage = STAGES[sheet.stage]
    first = Words(
        zh=f"我单位是{sheet.organisation}，现报告{sheet.title.zh}（{stage.zh}），事件编号 {sheet.incident}。",
        en=f"This is {sheet.organisation}, filing a {sheet.title.en} ({stage.en}), {sheet.incident}.",
    )
    lines = [first]
    for item in sheet.items:
        zh, en = [], []
        for field in item.fields:
            if field.said:
                zh.append(f"{field.label.zh}：{field.said.zh}")
                en.append(f"{field.label.en}: {field.said.en}")
            elif field.id in {*sheet.missing, *sheet.pending}:
                zh.append(f"{field.label.zh}：尚不清楚，随后补报")
                en.append(f"{field.label.en}: not known yet, to follow")
        if zh:
            lines.append(Words(zh=f"{item.number} {'。'.join(zh)}。", en=f"{item.number} {'. '.join(en)}."))
    return tuple(lines)
