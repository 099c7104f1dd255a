"""`tocsin report checklist`: what a person who files by hand goes by, and the file that is taken there."""

import json
from pathlib import Path
from typing import Annotated, get_args

import typer

from cli.giving import Giving, Incident
from cli.hand import Hand
from cli.output import Output, as_json, write, write_json
from cli.paper import write_file
from cli.report_reading import Number, report_of
from cli.stop import Exit, Stop, usage
from cli.words import one_of
from domain.facts import Filing
from domain.filing import Checklist, Copy, checklist
from domain.form import Sheet
from domain.layout import Tongue, text
from domain.lineage import recipient
from domain.playbook import Words
from domain.state import State

FILINGS: tuple[Filing, ...] = get_args(Filing)
Files = Annotated[
    Path | None,
    typer.Option(
        "--files",
        metavar="DIR",
        help="Where the file to be taken there is written; else in the data directory.",
    ),
]
_TONGUES: tuple[Tongue, ...] = get_args(Tongue)


def list_for(  # noqa: PLR0913, PLR0917 - what may be said of a list
    incident: Incident,
    number: Number,
    channel: Annotated[
        str, typer.Option("--channel", help="portal, hotline, fax, mini_program or in_person.")
    ],
    files: Files = None,
    lang: Annotated[
        str, typer.Option("--lang", help="Language of the list: zh, en or both; else the authority's.")
    ] = "",
    output: Output = None,
) -> None:
    """Say where a report is filed by hand, with which file, what to read out, and what to bring back."""
    state = Hand(Giving(output=output), incident).state
    way = one_of(channel, FILINGS, "channel")
    found, tongue = drawn(state, number, way, files, lang)
    if as_json(output):
        write_json(found)
    else:
        told(found, tongue, state.incident, number)


def drawn(
    state: State, number: int, channel: Filing, files: Path | None, lang: str = ""
) -> tuple[Checklist, Tongue]:
    """Write the file and the list for one report.

    Raises:
        Stop: it goes by e-mail, was not drawn up, or a file cannot be written.

    """
    from playbooks.filing import FilingGuides  # noqa: PLC0415 - only who files by hand reads the guides
    from service.library import Library  # noqa: PLC0415 - as above
    from service.papers import paper  # noqa: PLC0415 - opening the ledger's seals takes its libraries

    report = report_of(state, number)
    authority = recipient(state, report)
    guide = FilingGuides().guide(authority)
    way = guide.way(channel)
    if way is None:
        ways = ", ".join(each.channel for each in guide.ways)
        raise usage(f"A report is filed by hand by {ways}; by {channel} there is no list.")
    frozen = paper(report.sha256) if report.sha256 else None
    if frozen is None:
        raise Stop("not_drafted", f"Report {number} is not drawn up yet.", Exit.REFUSED)
    library = Library.open()
    place = library.filing_place(authority)
    tongue = one_of(lang, _TONGUES, "language") if lang else place.tongue
    copies: list[Copy] = []
    name = f"{state.incident}-{report.form}-{number}"
    if way.file is not None:
        kind = f"{way.file}-{place.tongue}"
        kind = kind if kind in frozen.files else "html-both"
        copies.append(
            _copy(files or library.filing_folder, f"{name}.{kind.partition('-')[0]}", frozen.files[kind])
        )
    sheet = Sheet.model_validate(json.loads(frozen.data))
    found = checklist(
        guide,
        way,
        sheet,
        authority=authority,
        known=place.known.get(channel, ""),
        files=tuple(copies),
        sha256=report.sha256,
    )
    return found, tongue


def told(found: Checklist, tongue: Tongue, incident: str, number: int) -> None:
    """Print the list as a person goes through it."""
    if found.drill:
        write("【演练 DRILL】 演练：不得联系主管部门，只走流程。 A drill: nobody outside is to be contacted.")
    for recipient_words in found.recipient:
        write(text(recipient_words, tongue))
    write(_title("哪里", "where", tongue))
    for where in found.where:
        write(f"  {text(where, tongue)}")
    if not found.where:
        write(f"  {text(_UNKNOWN, tongue)}")
    if found.confidence:
        write(f"  ({found.source}; {found.confidence})")
    for copy in found.files:
        write(f"{_title('文件', 'file', tongue)} {copy.path}  SHA-256 {copy.sha256}")
    write(f"{_title('内容哈希', 'content', tongue)} SHA-256 {found.sha256}")
    for title, several in (
        (("备好", "have at hand"), found.have),
        (("步骤", "steps"), found.steps),
        (("逐项朗读", "read out, in this order"), found.script),
        (("带回", "ask for and bring back"), found.ask),
    ):
        if several:
            write(_title(*title, tongue))
            for place, each in enumerate(several, start=1):
                write(f"  {place}. {text(each, tongue, between=chr(10) + '     ')}")
    write(text(found.note, tongue, between="\n"))
    write(f"tocsin report receipt {incident} {number} --number … --received-at … --file RECEIPT")


_UNKNOWN = Words(
    zh="设置中没有填写；请查主管部门公布的渠道，并写入 authorities 设置。",
    en="The settings do not say; look up the authority's own channel and write it into `authorities`.",
)


def _title(zh: str, en: str, tongue: Tongue) -> str:
    return f"{text(Words(zh=zh, en=en), tongue)}:"


def _copy(folder: Path, name: str, data: bytes) -> Copy:
    import hashlib  # noqa: PLC0415 - only here

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Stop("cli.file", f"{folder} cannot be made: {error.strerror}.", Exit.USAGE) from error
    path = folder / name
    write_file(path, data)
    return Copy(path=str(path), sha256=hashlib.sha256(data).hexdigest())
