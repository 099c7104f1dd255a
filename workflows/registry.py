"""The one list of workflows that a worker serves and a replay checks.

None names a versioning behaviour of its own: the server refuses one from a worker that runs without
worker versioning, as a single machine does. A versioned worker gives them all AUTO_UPGRADE, because an
incident and its clocks outlive every worker (`service/worker.py`).
"""

from workflows.campaign import Campaign
from workflows.clock import DutyClock
from workflows.incident import Incident
from workflows.referral import Referral
from workflows.shard import Shard

ALL = (Incident, DutyClock, Campaign, Shard, Referral)
