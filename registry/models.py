"""All models of this app; each stands in the sub-package of its noun."""

from registry.audit.models import ChainCheck, ChainHead, Event, Outbox
from registry.notices.models import Announced, NoticeChoice
from registry.projects.models import (
    Invitation,
    Membership,
    Person,
    PolicyProposal,
    PolicyRevision,
    Project,
)
from registry.prompts.models import Adoption, Alias, Draft, Prompt, PromptUpload, Version
from registry.prompts.models_entry import PromptEntry
from registry.release.models import (
    Approval,
    Change,
    Comment,
    Contributor,
    EvaluationStandard,
    Generation,
    Label,
    LabelEvent,
    MeaningConfirmation,
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
    "Adoption",
    "Alias",
    "Announced",
    "ApiKey",
    "Approval",
    "ChainCheck",
    "ChainHead",
    "Change",
    "Comment",
    "Contributor",
    "Draft",
    "EvaluationStandard",
    "Event",
    "Fetcher",
    "Generation",
    "Heartbeat",
    "Invitation",
    "Label",
    "LabelEvent",
    "MeaningConfirmation",
    "Membership",
    "NoticeChoice",
    "Outbox",
    "Person",
    "PolicyProposal",
    "PolicyRevision",
    "Project",
    "Prompt",
    "PromptEntry",
    "PromptUpload",
    "Release",
    "Rollout",
    "Segment",
    "Tick",
    "Verdict",
    "Version",
    "Waiver",
    "Wire",
]
