"""All models of this app; each stands in the sub-package of its noun."""

from registry.audit.models import ChainHead, Event, Outbox
from registry.projects.models import (
    Invitation,
    Membership,
    Person,
    PolicyProposal,
    PolicyRevision,
    Project,
)
from registry.prompts.models import Alias, Draft, Prompt, Version
from registry.release.models import (
    Approval,
    Change,
    Comment,
    Contributor,
    Generation,
    Label,
    LabelEvent,
    Release,
    Rollout,
    Segment,
    Tick,
    Verdict,
    Waiver,
    Wire,
)
from registry.runtime.models import ApiKey, Fetcher, Heartbeat

__all__ = [
    "Alias",
    "ApiKey",
    "Approval",
    "ChainHead",
    "Change",
    "Comment",
    "Contributor",
    "Draft",
    "Event",
    "Fetcher",
    "Generation",
    "Heartbeat",
    "Invitation",
    "Label",
    "LabelEvent",
    "Membership",
    "Outbox",
    "Person",
    "PolicyProposal",
    "PolicyRevision",
    "Project",
    "Prompt",
    "Release",
    "Rollout",
    "Segment",
    "Tick",
    "Verdict",
    "Version",
    "Waiver",
    "Wire",
]
