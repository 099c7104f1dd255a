"""What each source that a form may name has to say, and what it rests on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from domain.form import Cited, DutyLine, FilledField, FormField
from domain.material import Material
from domain.playbook import Words
from domain.rendering import grade, in_both, joined, moment, said
from domain.state import Known
from domain.vocabulary import term_of
from domain.work_said import evidence_words, notice_words, report_words

_DONE = frozenset({"done"})
_PLANNED = frozenset({"waiting", "started", "failed"})
_UNDONE = frozenset({"undone"})
_STATUS: Mapping[str, Words] = {
    "waiting": Words(zh="待执行", en="to be done"),
    "started": Words(zh="进行中", en="under way"),
    "done": Words(zh="已完成", en="done"),
    "failed": Words(zh="未成功", en="failed"),
    "undoing": Words(zh="撤销中", en="being taken back"),
    "undone": Words(zh="已撤销", en="taken back"),
    "skipped": Words(zh="经决定不执行", en="skipped on a decision"),
}
_PERSONAL = frozenset({"possible", "leaked", "tampered", "lost"})


@dataclass(frozen=True, slots=True)
class Found:
    """What one source says, and what it rests on."""

    words: Words
    cites: tuple[Cited, ...]


class Sources:
    """The sources of one paper."""

    def __init__(self, material: Material, contact: Words, titles: Mapping[str, Words]) -> None:
        self._material = material
        self._contact = contact
        self._titles = titles
        self._kinds: Mapping[str, Callable[[str], Found | None]] = {
            "fact": self._fact,
            "basis": self._basis,
            "step": self._step,
            "steps": self._steps,
            "organisation": self._organisation,
            "incident": self._incident,
            "settings": self._settings,
        }

    def applies(self, field: FormField) -> bool:
        """Say whether the fact that the field depends on is true."""
        known = self._material.facts.get(field.when)
        return not field.when or (known is not None and known.value is True)

    def filled(self, field: FormField) -> FilledField:
        """Take what every source of the field has."""
        found: list[Found] = []
        for source in field.sources:
            kind, _, name = source.partition(":")
            one = self._kinds[kind](name)
            if one is not None and len(field.sources) > 1 and kind == "fact":
                one = _labelled(name, one)
            if one is not None:
                found.append(one)
        if field.standing:
            found.append(Found(field.standing, (Cited(source="form:standing"),)))
        return FilledField(
            id=field.id,
            label=field.label,
            minimum=field.minimum,
            said=joined(list(dict.fromkeys(one.words for one in found))) if found else None,
            cites=tuple(dict.fromkeys(cite for one in found for cite in one.cites)),
        )

    def _value(self, path: str) -> tuple[JsonValue, Known | None]:
        name, _, key = path.partition(".")
        known = self._material.facts.get(name)
        value = known.value if known else None
        if key:
            value = value.get(key) if isinstance(value, dict) else None
        return value, known

    def _cite(self, path: str, known: Known) -> tuple[Cited, ...]:
        return (Cited(source=f"fact:{path.partition('.')[0]}", at=known.at, by=known.by),)

    def _fact(self, path: str) -> Found | None:
        value, known = self._value(path)
        if known is None or value is None:
            return None
        return Found(said(path, value), self._cite(path, known))

    def _basis(self, path: str) -> Found | None:
        _, known = self._value(path)
        if known is None or not known.basis.strip():
            return None
        return Found(Words(zh=known.basis, en=known.basis), self._cite(path, known))

    def _title(self, step: str) -> Words:
        return self._titles.get(step, Words(zh=step, en=step))

    def _step(self, step: str) -> Found | None:
        status = _STATUS.get(self._material.steps.get(step, ""))
        if status is None:
            return None
        title = self._title(step)
        words = Words(zh=f"{title.zh}：{status.zh}", en=f"{title.en}: {status.en}")
        return Found(words, (Cited(source=f"step:{step}"),))

    def _steps(self, which: str) -> Found | None:
        wanted = {"done": _DONE, "planned": _PLANNED, "undone": _UNDONE}[which]
        steps = [step for step, status in self._material.steps.items() if status in wanted]
        if not steps:
            return None
        words = joined([self._title(step) for step in steps])
        return Found(words, tuple(Cited(source=f"step:{step}") for step in steps))

    def _organisation(self, what: str) -> Found | None:
        profile = self._material.organisation
        cites = (Cited(source=f"organisation:{what}"),)
        if what == "profile":
            shown = [
                _labelled(name, Found(said(name, value), ())).words
                for name, value in profile.facts().items()
                if name not in {"name", "province", "jurisdictions"}
            ]
            return Found(joined(shown), cites) if shown else None
        text = profile.name if what == "name" else profile.province
        return Found(Words(zh=text, en=text), cites) if text else None

    def _incident(self, what: str) -> Found | None:
        material = self._material
        match what:
            case "id":
                words = Words(zh=material.incident, en=material.incident)
            case "opened_at":
                words = in_both(lambda language: moment(material.opened_at, language))
            case "kind":
                return self._kind()
            case "grade":
                return self._grade()
            case "closed_at":
                closed = material.done.closed_at
                words = in_both(lambda language: moment(closed, language) if closed else "")
            case "duties":
                words = joined(_duty(duty) for duty in material.duties)
            case "reports":
                words = joined(map(report_words, material.done.reports))
            case "notices":
                words = joined(map(notice_words, material.done.notices))
            case _:
                words = joined(map(evidence_words, material.done.evidence))
        return Found(words, (Cited(source=f"incident:{what}"),)) if words.zh else None

    def _kind(self) -> Found | None:
        parts: list[Words] = []
        cites: list[Cited] = []
        value, known = self._value("kind")
        if known is not None and value == "vulnerability":
            words = Words(
                zh="网络产品、服务的安全缺陷、漏洞",
                en="security defect or vulnerability of a product or service",
            )
            return Found(words, self._cite("kind", known))
        for name, zh, en in (
            ("personal_information", "个人信息", "personal information "),
            ("important_data", "重要数据泄露或者被窃取、篡改、假冒", "important data affected"),
            ("core_data", "涉及核心数据", "core data affected"),
            ("ransomware", "勒索软件攻击", "ransomware attack"),
            ("illegal_access_found", "入侵、篡改或者恶意程序", "intrusion, tampering or malware"),
        ):
            value, known = self._value(name)
            if known is None:
                continue
            if value is True:
                parts.append(Words(zh=zh, en=en))
                cites.extend(self._cite(name, known))
            elif name == "personal_information" and _PERSONAL & set(
                value if isinstance(value, list) else [value]
            ):
                words = said(name, value)
                parts.append(Words(zh=f"{zh}{words.zh}", en=f"{en}{words.en}"))
                cites.extend(self._cite(name, known))
        if not parts:
            return None
        words = joined(parts)
        return Found(
            Words(zh=f"网络数据安全事件（{words.zh}）", en=f"network data security incident ({words.en})"),
            tuple(cites),
        )

    def _grade(self) -> Found | None:
        assessed = self._material.grade
        if assessed is None:
            return None
        limbs = ", ".join(assessed.decided_by)
        source = f"incident:grade({limbs})" if limbs else "incident:grade"
        if assessed.value != "unknown":
            words = in_both(lambda language: grade(assessed.value, language))
        elif assessed.at_least:
            least = assessed.at_least
            words = Words(
                zh=f"至少{least}，仍在研判", en=f"at least {grade(least, 'en')}, still being assessed"
            )
        else:
            words = Words(zh="仍在研判", en="still being assessed")
        return Found(words, (Cited(source=source),))

    def _settings(self, what: str) -> Found | None:
        if not self._contact.zh:
            return None
        return Found(self._contact, (Cited(source=f"settings:{what}"),))


def _duty(duty: DutyLine) -> Words:
    return duty.said or Words(zh=f"{duty.title}（{duty.article}）", en=f"{duty.title} ({duty.article})")


def _labelled(name: str, found: Found) -> Found:
    term = term_of(name)
    zh = term.zh if term and term.zh else name.replace("_", " ")
    en = name.replace("_", " ").replace(".", ": ")
    return Found(Words(zh=f"{zh}：{found.words.zh}", en=f"{en}: {found.words.en}"), found.cites)
