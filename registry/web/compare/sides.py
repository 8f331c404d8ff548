"""The two sides of a comparison: a version by its number, or the viewer's own draft."""

from dataclasses import dataclass

from django.http import Http404

from registry.domain import risk
from registry.domain.content import Content
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.models import Person
from registry.prompts.drafts import live_draft
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import find_version, labels_of

DRAFT = "draft"  # how an address calls the viewer's own draft
# Characters of both texts above which the floor is left out: it would double the wait.
FLOOR_BELOW = 120_000


@dataclass(frozen=True)
class Side:
    """One side of the comparison: its name in the address, its labels, what it says."""

    name: str
    labels: list[str]
    content: Content
    version: Version | None = None

    @property
    def words(self) -> str:
        """How it is called on the page."""
        return self.name if self.version else "your draft"


@dataclass(frozen=True)
class Size:
    """The smallest honest bump from one side to the other, and why; "" and why it is unknown."""

    bump: str
    reasons: tuple[str, ...]


def named(prompt: Prompt, name: str, person: Person) -> Side:
    """Return the version or draft called `name`. Raises Http404, or Refused about a draft."""
    if name == DRAFT:
        draft = live_draft(prompt, person)
        if draft is None:
            raise Refused("You have no draft of this prompt: nothing was typed since you saved.")
        try:
            return Side(DRAFT, [], draft.as_content())
        except ContentError as error:
            raise Refused(f"Your draft cannot be compared yet. {error.message}") from None
    version = _version(prompt, name)
    labels = sorted(label for label, holder in labels_of(prompt).items() if holder == version)
    return Side(version.semver, labels, version.as_content(), version)


def called(prompt: Prompt, name: str) -> str:
    """Return the name of a side as it stands in the address. Raises Http404."""
    return DRAFT if name == DRAFT else _version(prompt, name).semver


def size_of_change(old: Side, new: Side) -> Size:
    """Return how large the change from `old` to `new` is.

    Very long texts are not measured; what was measured when the new one was saved still counts.
    """
    size = sum(len(text) for side in (old, new) for _, text in side.content.parts())
    if size < FLOOR_BELOW:
        floor = risk.floor(old.content, new.content)
        return Size(floor.bump.value, floor.reasons)
    if new.version and old.version and new.version.base_id == old.version.pk:
        return Size(new.version.bump, ("It was saved as such. Texts this long are not measured.",))
    return Size("", ("These texts are too long to measure how large the change is.",))


def _version(prompt: Prompt, name: str) -> Version:
    version = find_version(prompt, name)
    if version is None:
        raise Http404(f"{prompt} has no version {name}.")
    version.prompt = prompt
    return version
