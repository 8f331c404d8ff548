"""Which addresses are for machines: JSON whatever happens, and no session."""

ROOTS = ("/api/", "/v1/")  # /v1/traces is where exporters of OpenTelemetry send to


def is_api(path: str) -> bool:
    """Is `path` under one of them, however it is spelled? `//API/x` is nobody's page either."""
    return f"/{path.lstrip('/').lower()}/".startswith(ROOTS)
