"""Draw up a paper for an authority from the facts, freeze it, and send it."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, Protocol

import orjson
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.contacts import Authorities
from activities.senders import Senders
from domain.facts import Stage
from domain.filling import Material, fill
from domain.form import DutyLine, Form, Sheet
from domain.letter import Letter, drilled_page
from domain.line import canonical
from domain.model import Value
from domain.playbook import Words
from notifiers.errors import Misconfigured, Refused, Unknown, Unreachable
from notifiers.port import Attachment, Message

if TYPE_CHECKING:
    from ledger.port import Artefact, Artefacts

__all__ = ["Desk", "Draft", "Drafted", "DutyLine", "Forms", "Send", "Sent"]

SCHEMA = "tocsin.paper/1"
OWNER = "installation"
JSON, HTML = "application/json", "text/html"
PATIENCE = 30.0


class Draft(Material):
    """What a paper is drawn from, and the form that says what it must say."""

    form: str


class Drafted(Value):
    """The frozen content's hash, and the ids of fields that have no fact yet."""

    sha256: str
    missing: tuple[str, ...]


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
    """The forms that can be filled, and the page that shows a filled one."""

    def form(self, name: str) -> Form:
        """The form of this id.

        Raises:
            KeyError: there is no such form.

        """

    def page(self, sheet: Sheet) -> str:
        """The filled form as a page of HTML that prints on A4."""


class Desk:
    """Where papers are written, kept and posted; `Report` and `Refer` sit at it.

    What is frozen, and what a second person approves by its SHA-256, is the canonical JSON of the filled
    form. It names the SHA-256 of the HTML page beside it, so one hash covers both files that are sent.
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
    ) -> None:
        self._forms = forms
        self._artefacts = artefacts
        self._senders = senders
        self._authorities = authorities
        self._contact = contact
        self._domain = domain
        self._titles = dict(titles or {})

    def draw(self, draft: Draft, stage: Stage | Literal["referral"], authority: str = "") -> Drafted:
        """Fill the form, render the page, and freeze both.

        Raises:
            ApplicationError: not retryable, `form_unknown`.

        """
        try:
            form = self._forms.form(draft.form)
        except KeyError as wrong:
            sentence = f"There is no form {draft.form!r}."
            raise ApplicationError(sentence, type="form_unknown", non_retryable=True) from wrong
        sheet = fill(form, draft, stage, self._contact, self._titles)
        page = self._forms.page(sheet)
        html = drilled_page(page) if draft.drill else page
        html_sha256 = self._artefacts.put(html.encode(), HTML, OWNER)
        content = {
            "schema": SCHEMA,
            "authority": authority,
            "html_sha256": html_sha256,
            **sheet.model_dump(mode="json"),
        }
        sha256 = self._artefacts.put(canonical(content).encode(), JSON, OWNER)
        return Drafted(sha256=sha256, missing=sheet.missing)

    async def send(self, request: Send, paper: "Artefact | None", page: "Artefact | None") -> Sent:
        """Send a frozen paper with its page by e-mail.

        A second attempt carries the same Message-ID, so that a repeat shows as one.

        Raises:
            ApplicationError: `unreachable`, to be tried again; not retryable: `paper_missing`.

        """
        if paper is None or page is None:
            sentence = f"There is no frozen paper {request.sha256}."
            raise ApplicationError(sentence, type="paper_missing", non_retryable=True)
        address = self._authorities.address(request.authority)
        if not address:
            return Sent(ok=False, code="authority.no_address")
        message = self._message(request, address, paper, page)
        try:
            accepted = await self._senders.of("email", drill=request.drill).send(message)
        except (Refused, Misconfigured) as wrong:
            return Sent(ok=False, code=wrong.code)
        except Unknown as wrong:
            return Sent(ok=False, code=f"unknown.{wrong.code}")
        except Unreachable as wrong:
            raise unreachable(wrong) from wrong
        return Sent(ok=True, code=accepted.code)

    def frozen(self, sha256: str) -> "tuple[Artefact | None, Artefact | None]":
        """A frozen paper and the page that it names."""
        paper = self._artefacts.get(sha256)
        if paper is None:
            return None, None
        return paper, self._artefacts.get(orjson.loads(paper.data)["html_sha256"])

    def _message(self, request: Send, address: str, paper: "Artefact", page: "Artefact") -> Message:
        content = orjson.loads(paper.data)
        title = content["title"]
        subject = f"{title['zh']} {request.incident}-{request.number}（{content['organisation']}）"
        text = (
            f"{title['zh']}\n{title['en']}\n\n"
            f"事件编号 incident: {request.incident}\n"
            f"编号 number: {request.number}\n"
            f"内容哈希 SHA-256: {request.sha256}\n\n"
            "正文见附件（网页与 JSON 内容一致）。收到后请回复并告知回执编号。\n"
            "The paper is attached, as a page and as JSON. Please answer with the number of your receipt.\n\n"
            f"{self._contact.zh}\n{self._contact.en}\n"
        )
        letter = Letter(subject, (text,))
        words = (letter.drilled() if request.drill else letter).to("")
        reference = opaque(request.idempotency)
        name = f"{request.incident}-{content['form']}-{request.number}"
        return Message(
            reference=reference,
            to=address,
            subject=words.subject,
            text=words.text,
            message_id=f"<{reference}@{self._domain}>",
            attachments=(
                Attachment(f"{name}.html", f"{HTML}", page.data),
                Attachment(f"{name}.json", JSON, paper.data),
            ),
        )


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
