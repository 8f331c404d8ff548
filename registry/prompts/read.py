"""Read stored rows as the value that the domain works with."""

from registry.domain.content import Content
from registry.prompts.models import Draft, Version


def content_of(row: Version | Draft) -> Content:
    """Return the content of a version or draft. Raises ContentError for an unfinished draft."""
    return row.as_content()
