"""What the admin site lists: prompts, versions, label moves, projects and the audit trail."""

from registry.web.lists import events, label_moves, projects, prompts, versions

__all__ = ["events", "label_moves", "projects", "prompts", "versions"]
