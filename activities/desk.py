"""Draw up a paper for an authority from the facts, freeze it, and send it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

import orjson
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.contacts import Authorities
from activities.senders import Senders
from domain.facts import Stage
from domain.filling import Material, fill, revised
from domain.form import DutyLine, Earlier, Form, Sheet
from domain.layout import Layout, Tongue
from domain.letter import Letter, drilled_page
from domain.line import canonical
from domain.model import Value
from domain.paper import laid_out
from domain.playbook import Words
from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable
from notifiers.port import Attachment, Message

if TYPE_CHECKING:
    from ledger.port import Artefact, Artefacts

__all__ = ["Desk", "Draft", "Drafted", "DutyLine", "Forms", "Send", "Sent"]

SCHEMA = "tocsin.paper/2"
OWNER = "installation"
JSON, HTML = "application/json", "text/html"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TONGUES: tuple[Tongue, ...] = ("both", "zh", "en")
PATIENCE = 30.0


class Draft(Material):
    """What a paper is drawn from, the form that says what it must say, and what it follows on."""

    form: str
    earlier: Earlier | None = None


class Drafted(Value):
    """The frozen content's hash, and the ids of fields that have no fact yet: missing, or left to follow."""

    sha256: str
    missing: tuple[str, ...]
    pending: tuple[str, ...] = ()


class Send(Value):
    """A frozen paper to be sent to an authority; `idempotency` is the same for every attempt."""

    incident: str
    number: int
    authority: str
    sha256: str
    idempotency: str
    drill: bool


class Sent(Value):
    """Whether the receiving server took it, and its code; `unknown.*` means that nobody can tell."""

    ok: bool
    code: str


class Forms(Protocol):
    """The forms that can be filled, and the files that show a filled one."""

    def form(self, name: str) -> Form:
        """The form of this id.

        Raises:
            KeyError: there is no such form.

        """

    def page(self, paper: Layout, tongue: Tongue) -> str:
        """The paper as a page of HTML that prints on A4."""

    def document(self, paper: Layout, tongue: Tongue) -> bytes:
        """The paper as a Word document; the same paper gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """A frozen paper: its content, and the files that the content names, by `<kind>-<tongue>`."""

    paper: "Artefact"
    files: "Mapping[str, Artefact]"


class Desk:
    """Where papers are written, kept and posted; `Report` and `Refer` sit at it.

    What is frozen, and what a second person approves by its SHA-256, is the canonical JSON of the filled
    form. It names the SHA-256 of every page and Word document beside it (`files`), so one hash covers every
    file that may leave. Papers of before (`tocsin.paper/1`) name one page, as `html_sha256`.
    """

    def __init__(  # noqa: PLR0913 -- one port each
        self,
        forms: Forms,
        artefacts: "Artefacts",
        senders: Senders,
        authorities: Authorities,
        *,
        contact: Words,
        domain: str,
        titles: Mapping[str, Words] | None = None,
        duties: Mapping[str, Words] | None = None,
    ) -> None:
        self._forms = forms
        self._artefacts = artefacts
        self._senders = senders
        self._authorities = authorities
        self._contact = contact
        self._domain = domain
        self._titles = dict(titles or {})
        self._duties = dict(duties or {})

    def draw(self, draft: Draft, stage: Stage | Literal["referral"], authority: str = "") -> Drafted:
        """Fill the form, write its pages and documents, and freeze all of it.

        Raises:
            ApplicationError: not retryable, `form_unknown`; `paper_missing`, where the paper that this one
                follows on is not there.

        """
        sheet = self._sheet(draft, stage)
        paper = laid_out(sheet)
        files = {}
        for tongue in TONGUES:
            page = self._forms.page(paper, tongue)
            html = drilled_page(page) if draft.drill else page
            files[f"html-{tongue}"] = self._artefacts.put(html.encode(), HTML, OWNER)
            files[f"docx-{tongue}"] = self._artefacts.put(self._forms.document(paper, tongue), DOCX, OWNER)
        content = {
            "schema": SCHEMA,
            "authority": authority,
            "html_sha256": files["html-both"],
            "files": files,
            **sheet.model_dump(mode="json"),
        }
        sha256 = self._artefacts.put(canonical(content).encode(), JSON, OWNER)
        return Drafted(sha256=sha256, missing=sheet.missing, pending=sheet.pending)

    def _sheet(self, draft: Draft, stage: Stage | Literal["referral"]) -> Sheet:
        form = self._form(draft.form)
        lines = tuple(duty.model_copy(update={"said": self._said(duty)}) for duty in draft.duties)
        sheet = fill(form, draft.model_copy(update={"duties": lines}), stage, self._contact, self._titles)
        if draft.earlier is None:
            return sheet
        before = self._artefacts.get(draft.earlier.sha256)
        if before is None:
            sentence = f"There is no frozen paper {draft.earlier.sha256}."
            raise ApplicationError(sentence, type="paper_missing", non_retryable=True)
        return revised(sheet, draft.earlier, Sheet.model_validate_json(before.data))

    def _form(self, name: str) -> Form:
        try:
            form = self._forms.form(name)
        except KeyError as wrong:
            sentence = f"There is no form {name!r}."
            raise ApplicationError(sentence, type="form_unknown", non_retryable=True) from wrong
        if form.of != "incident":
            sentence = f"The form {name} is filled for a year, not for an incident."
            raise ApplicationError(sentence, type="form_unknown", non_retryable=True)
        return form

    def _said(self, duty: DutyLine) -> Words | None:
        duty_id, authority, *_ = duty.key.split("/")
        return self._duties.get(f"{duty_id}/{authority}")

    async def send(self, request: Send, frozen: Frozen | None) -> Sent:
        """Send a frozen paper's files by e-mail, those that the authority takes.

        A second attempt carries the same Message-ID, so that a repeat shows as one.

        Raises:
            ApplicationError: `unreachable`, to be tried again; not retryable: `paper_missing`.

        """
        if frozen is None:
            sentence = f"There is no frozen paper {request.sha256}."
            raise ApplicationError(sentence, type="paper_missing", non_retryable=True)
        address = self._authorities.address(request.authority)
        if not address:
            return Sent(ok=False, code="authority.no_address")
        message = self._message(request, address, frozen)
        try:
            accepted = await self._senders.of("email", drill=request.drill).send(message)
        except (Refused, Misconfigured) as wrong:
            return Sent(ok=False, code=wrong.code)
        except Unknown as wrong:
            return Sent(ok=False, code=f"unknown.{wrong.code}")
        except Unreachable as wrong:
            raise unreachable(wrong) from wrong
        return Sent(ok=True, code=accepted.code)

    def frozen(self, sha256: str) -> Frozen | None:
        """A frozen paper and the files that it names; None where any of it is not there."""
        paper = self._artefacts.get(sha256)
        if paper is None:
            return None
        content = orjson.loads(paper.data)
        named: dict[str, str] = content.get("files") or {"html-both": content["html_sha256"]}
        found = {name: self._artefacts.get(each) for name, each in named.items()}
        files = {name: each for name, each in found.items() if each is not None}
        return Frozen(paper, files) if len(files) == len(named) else None

    def _message(self, request: Send, address: str, frozen: Frozen) -> Message:
        content = orjson.loads(frozen.paper.data)
        title = content["title"]
        name = f"{request.incident}-{content['form']}-{request.number}"
        attachments = self._attachments(request.authority, name, frozen)
        hashes = "\n".join(
            f"{each.name}  SHA-256 {hashlib.sha256(each.content).hexdigest()}" for each in attachments
        )
        subject = f"{title['zh']} {request.incident}-{request.number}（{content['organisation']}）"
        text = (
            f"{title['zh']}\n{title['en']}\n\n"
            f"事件编号 incident: {request.incident}\n"
            f"编号 number: {request.number}\n"
            f"内容哈希 SHA-256: {request.sha256}\n\n"
            f"{hashes}\n\n"
            "正文见附件（各附件内容一致）。收到后请回复并告知回执编号。\n"
            "The paper is attached, alike in every file. Please answer with the number of your receipt.\n\n"
            f"{self._contact.zh}\n{self._contact.en}\n"
        )
        letter = Letter(subject, (text,))
        words = (letter.drilled() if request.drill else letter).to("")
        reference = opaque(request.idempotency)
        return Message(
            reference=reference,
            to=address,
            subject=words.subject,
            text=words.text,
            message_id=f"<{reference}@{self._domain}>",
            attachments=attachments,
        )

    def _attachments(self, authority: str, name: str, frozen: Frozen) -> tuple[Attachment, ...]:
        takes = self._authorities.takes(authority)
        found = []
        for kind in takes.kinds:
            if kind == "json":
                found.append(Attachment(f"{name}.json", JSON, frozen.paper.data))
                continue
            # A paper of before has one page, in both languages.
            file = frozen.files.get(f"{kind}-{takes.tongue}") or frozen.files.get(f"{kind}-both")
            if file is not None:
                found.append(Attachment(f"{name}.{kind}", file.media_type, file.data))
        return tuple(found)


def opaque(key: str) -> str:
    """Name an attempt for a provider: the same for the same idempotency key, and nothing to be read in it."""
    return hashlib.sha256(key.encode()).hexdigest()[:48]


def unreachable(wrong: Unreachable) -> ApplicationError:
    """Ask Temporal to try again when the other side wants it; expected, so no failure in the metrics."""
    return ApplicationError(
        f"It was not sent and will be tried again ({wrong.code}).",
        type="unreachable",
        next_retry_delay=timedelta(seconds=wrong.retry_after or PATIENCE),
        category=ApplicationErrorCategory.BENIGN,
    )
