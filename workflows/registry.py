"""The one list of workflows that a worker serves and a replay checks."""

from workflows.campaign import Campaign
from workflows.clock import DutyClock
from workflows.incident import Incident
from workflows.referral import Referral
from workflows.shard import Shard

ALL = (Incident, DutyClock, Campaign, Shard, Referral)
