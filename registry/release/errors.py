"""Why a change to a release or a label was refused."""

from registry.domain.errors import Refused, Stale

__all__ = ["Refused", "Stale"]
