"""Why a change to a project, its members or its policy was refused."""

from registry.domain.errors import Refused

__all__ = ["Refused"]
