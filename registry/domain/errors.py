"""Why a change was refused: in words that say what to do next."""


class PolicyError(ValueError):
    """The document is no policy; `field` names where, the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Refused(Exception):
    """The change is not allowed as things stand; the message says why and what to do.

    `field` names the form field that the message belongs to, or is empty.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Stale(Refused):
    """Somebody else was first; look again before you decide."""

    def __init__(self, message: str = "") -> None:
        super().__init__(
            message or "Somebody changed this a moment ago. Look at it again, then decide."
        )
