"""Who does something: a person, or a named part of the system."""

from dataclasses import dataclass
from typing import Self

from registry.domain.roles import SYSTEM_ACTORS
from registry.projects.models import Person


@dataclass(frozen=True)
class Actor:
    """A person, or a system actor named in `registry.domain.roles.SYSTEM_ACTORS`."""

    name: str
    person: Person | None = None

    @classmethod
    def of(cls, person: Person) -> Self:
        """The person who signed in."""
        return cls(name=person.get_username(), person=person)

    @classmethod
    def system(cls, name: str) -> Self:
        """A part of the system. Raises ValueError for a name that is not in the table."""
        if name not in SYSTEM_ACTORS:
            raise ValueError(f"Unknown system actor {name!r}; name it in registry/domain/roles.py.")
        return cls(name=name)
