"""What people typed into the small forms, checked before a use-case sees it."""

from registry.domain.fields import check_size, storable_text, whole_number
from registry.web.permissions import ProjectRequest

REASON_BYTES = 4 * 1024


def reason_of(request: ProjectRequest, default: str, *, field: str = "reason") -> str:
    """Return the reason typed into `field`, or `default` for none. Raises ContentError(field)."""
    text = storable_text(request.POST.get(field, ""), "The reason", field).strip()
    check_size(len(text.encode()), REASON_BYTES, field, "The reason")
    return text or default


def number_of(request: ProjectRequest, name: str) -> int | None:
    """Return the whole number in a hidden field; None when it is empty, -1 when it is none."""
    text = request.POST.get(name, "")
    if not text:
        return None
    number = whole_number(text)
    return -1 if number is None else number
