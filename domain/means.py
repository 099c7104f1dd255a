"""By what means a duty is settled: a word that the law packs, the facts and the playbooks share."""

from typing import Literal

By = Literal["report", "notify", "referral", "plan", "record"]
