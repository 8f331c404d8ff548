"""Why a change to a project, its members or its policy was refused."""


class Refused(Exception):
    """The change is not allowed as things stand; the message says why and what to do.

    `field` names the form field that the message belongs to, or is empty.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
