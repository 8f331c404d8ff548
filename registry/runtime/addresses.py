"""Which addresses are for machines: JSON whatever happens, and no session."""

ROOT = "/api/"


def is_api(path: str) -> bool:
    """Is `path` under /api/, however it is spelled? `//API/x` is nobody's page either."""
    return f"/{path.lstrip('/').lower()}/".startswith(ROOT)
