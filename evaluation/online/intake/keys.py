"""Digests under which calls, traces and scores are known again: 16 bytes each."""

from hashlib import blake2b

CALL = "call"
TRACE = "trace"
# Calls that come as spans or as Langfuse generations are meant by the same scores.
FAMILY = {"langfuse": "traces", "otlp": "traces"}


def digest_of(project: int, source: str, id: str, what: str) -> bytes:
    """Return the digest of something with an id; `what` is a metric, `call` or `trace`."""
    family = FAMILY.get(source, source)
    text = f"{project}\0{family}\0{what}\0{id}"
    return blake2b(text.encode(errors="replace"), digest_size=16).digest()


def call_key(project: int, source: str, id: str) -> bytes:
    """Return the digest of a call."""
    return digest_of(project, source, id, CALL)


def trace_key(project: int, source: str, trace: str) -> bytes:
    """Return the digest of a trace, which several calls may share."""
    return digest_of(project, source, trace, TRACE)
