"""What people read about a prompt (title, description, tags), checked before it is kept."""

from collections.abc import Sequence

from registry.domain.fields import ContentError, check_size, storable_text

TITLE_LENGTH = 200
TAGS = 20
TAG_LENGTH = 50
DESCRIPTION_BYTES = 16 * 1024


def checked_title(title: str) -> str:
    """Return a storable title. Raises ContentError."""
    text = storable_text(title, "The title", "title").strip()
    if len(text) > TITLE_LENGTH:
        raise ContentError("title", f"The title is longer than {TITLE_LENGTH} letters. Shorten it.")
    return text


def checked_description(description: str) -> str:
    """Return a storable description. Raises ContentError."""
    text = storable_text(description, "The description", "description").strip()
    check_size(len(text.encode()), DESCRIPTION_BYTES, "description", "The description")
    return text


def checked_tags(tags: Sequence[str]) -> list[str]:
    """Return the tags, each once, in their order. Raises ContentError."""
    clean = [storable_text(tag, "A tag", "tags").strip() for tag in tags]
    unique = list(dict.fromkeys(tag for tag in clean if tag))
    if len(unique) > TAGS or any(len(tag) > TAG_LENGTH for tag in unique):
        raise ContentError(
            "tags", f"Give at most {TAGS} tags of at most {TAG_LENGTH} letters each."
        )
    return unique
