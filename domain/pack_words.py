"""A duty of a law pack in words, as papers name it: its title, its article, its recipient."""

import re

from domain.pack import DutyRule, Pack, Recipient
from domain.playbook import Words

_ARTICLE = re.compile(r"(?P<article>\d+(?:-\d+)?)(?:\((?P<paragraph>\d+)\))?")


def duty_words(pack: Pack, rule: DutyRule, recipient: Recipient) -> Words:
    """Name a duty towards one of its recipients, with the article that lays it down."""
    titles = {instrument.id: instrument.title for instrument in pack.instruments}
    law = titles.get(rule.instrument, pack.title)
    article = article_words(rule.article)
    return Words(
        zh=f"{rule.title.zh}（《{law.zh}》{article.zh}）→ {recipient.zh}",
        en=f"{rule.title.en} ({', '.join(filter(None, (law.en, article.en)))}) → {recipient.en}",
    )


def article_words(article: str) -> Words:
    """Say an article as lawyers of each language do: `4(4)` is 第4条第4款 and Art. 4(4)."""
    found = _ARTICLE.fullmatch(article)
    if found is None:
        return Words(zh=article, en=article)
    paragraph = f"第{found['paragraph']}款" if found["paragraph"] else ""
    return Words(zh=f"第{found['article']}条{paragraph}", en=f"Art. {article}")
