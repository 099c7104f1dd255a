"""Whether a layout leaves out what people must be told: 条例 Art. 11, 个人信息保护法 Art. 57."""

from collections.abc import Iterator

from markupsafe import Markup

from playbooks.saying import Said

# What the words hold has to stand in every layout; channels with little room have it all in one section.
WHOLE = ("incident", "consequences", "measures", "advice")
CONTACT = "contact"
REQUIRED = {
    "email": ("basis", *WHOLE),
    "sms": ("short",),
    "im": ("short",),
    "voice": ("spoken",),
    "notice": ("public", "consequences", "measures", "advice"),
}


def left_out(text: str, channel: str, said: Said, contact: str = "") -> Iterator[str]:
    """Name the sections that a written text of a channel lacks; blanks and line ends count for nothing."""
    squeezed = _squeezed(text)
    for name in REQUIRED[channel]:
        section = getattr(said, name)
        parts = (section,) if isinstance(section, str) else section
        if any(_squeezed(part) not in squeezed for part in parts):
            yield name
    if _squeezed(contact) not in squeezed:
        yield CONTACT


def plain(html: str) -> str:
    """Take the text out of a page."""
    return Markup(html).striptags()  # noqa: S704 - it is read, never shown


def _squeezed(text: str) -> str:
    return "".join(text.split())
