"""One page under watch: what it asks for, what it complains of, how wide it is, how well it is read."""

import re
from itertools import pairwise
from typing import Self

from playwright.async_api import Page

# Everything that can be seen and has words of its own, with the colours that it is seen in.
_INKS = """() => {
  const seen = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), box = walker.currentNode.parentElement;
    if (!text || !box.checkVisibility({visibilityProperty: true})) continue;
    let paper = box;
    const colour = () => paper ? getComputedStyle(paper).backgroundColor : "rgb(255, 255, 255)";
    while (colour() === "rgba(0, 0, 0, 0)") paper = paper.parentElement;
    seen.push([text, getComputedStyle(box).color, colour()]);
  }
  return seen;
}"""

# What sticks out to the right of the window or of its own box, by more than the rounding of a pixel.
_OVER = """() => [...document.body.querySelectorAll("*")].filter(one => {
  const box = one.getBoundingClientRect(), block = getComputedStyle(one).display !== "inline";
  const within = document.documentElement.clientWidth + 1;
  return box.width && (box.right > within || block && one.scrollWidth > one.clientWidth + 1);
}).map(one => one.outerHTML.slice(0, 80))"""

# A script in the page's own text, an element's handler, and an image from elsewhere: none may do anything.
_INJECT = """async () => {
  const violated = [];
  document.addEventListener("securitypolicyviolation", event => violated.push(event.effectiveDirective));
  const script = document.createElement("script");
  script.textContent = "window.ran = 'script'";
  document.body.append(script);
  const image = document.createElement("img");
  image.setAttribute("onerror", "window.ran = 'handler'");
  image.src = "http://elsewhere.invalid/";
  document.body.append(image);
  await new Promise(done => setTimeout(done, 100));
  return [window.ran ?? null, violated.sort()];
}"""


class Look:
    """A page that has been opened, with every request, message of the console and error that it made."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.blocked: dict[str, str | None] = {}
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", lambda request: self.blocked.update({request.url: request.failure}))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @classmethod
    async def at(cls, page: Page, url: str) -> Self:
        """Open an address and wait until all that it asked for is there."""
        look = cls(page)
        await page.goto(url, wait_until="load")
        return look

    async def overflowing(self) -> list[str]:
        """What would have to be scrolled to sideways, or is cut off on paper."""
        root = await self.page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        wide = [f"the page is {root[0]} wide in {root[1]}"] if root[0] > root[1] else []
        return wide + await self.page.evaluate(_OVER)

    async def injected(self) -> tuple[str | None, list[str]]:
        """Put foreign things into the page; what ran of it, and the directives that stopped it."""
        ran, violated = await self.page.evaluate(_INJECT)
        return ran, violated

    async def faint(self, least: float = 4.5) -> list[str]:
        """Words whose contrast with what lies behind them is too low (WCAG 2.2, 1.4.3)."""
        inks = await self.page.evaluate(_INKS)
        assert inks, "the page shows no words"
        return [f"{text[:20]}: {ink} on {paper}" for text, ink, paper in inks if contrast(ink, paper) < least]

    async def printed(self) -> bytes:
        """The page on paper, A4 unless its style says otherwise."""
        return await self.page.pdf(format="A4", prefer_css_page_size=True)

    async def headings(self) -> list[int]:
        """The levels of the headings that can be seen, in order."""
        return await self.page.eval_on_selector_all(
            "h1, h2, h3, h4, h5, h6", "all => all.map(one => Number(one.tagName[1]))"
        )


def skips(levels: list[int]) -> bool:
    """Whether a heading lies more than one level below the one before it."""
    return levels[0] != 1 or any(below - above > 1 for above, below in pairwise(levels))


def contrast(ink: str, paper: str) -> float:
    """The contrast ratio of two CSS colours (WCAG 2.2)."""
    dark, light = sorted(map(_luminance, (ink, paper)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(one) / 255 for one in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def sheets(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of every page of a PDF, in millimetres."""
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) == len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    return [(float(width) / 72 * 25.4, float(height) / 72 * 25.4) for width, height in boxes]
