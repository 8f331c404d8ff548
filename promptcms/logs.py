"""Structured logs: one line an event, with the request id; never prompt text, never keys.

What a person typed reaches a log most easily inside the message of an exception, so of an
exception a line holds its kind and where it was raised, and its words only for the few kinds
that speak of the machine. Keys and one-time links are struck out of every line. DEBUG, which
production refuses, lets the words through.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]

# Connections, files and settings: their words hold hosts and paths, not what people wrote.
SPEAKING = ("OperationalError", "InterfaceError", "OSError", "ImproperlyConfigured")
SECRETS = (
    re.compile(r"(pcms_[a-z]+_[0-9A-Za-z]{8})_[0-9A-Za-z]+"),
    re.compile(r"(/(?:setup|invitations?|invite)/)[^/\s\"']+"),
)


def logging_config(*, json: bool, level: str, debug: bool = False) -> dict[str, Any]:
    """Return Django's LOGGING: JSON lines in production, readable lines elsewhere."""
    shared = [*SHARED, structlog.processors.format_exc_info if debug else place_of_exception]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    )
    quiet: dict[str, Any] = {"level": "WARNING", "handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                    strike_out,
                ],
                "foreign_pre_chain": shared,
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "filters": [] if debug else ["wordless"],
            }
        },
        "filters": {"wordless": {"()": Wordless}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django's own handlers go: they would mail the fields of a failed form to the admins.
        "loggers": {
            "django": {"level": "INFO", "handlers": [], "propagate": True},
            "django.server": quiet,
            # Each request has its own line already; this one would only repeat it.
            "django.request": {"level": "ERROR", "handlers": [], "propagate": True},
            "axes": quiet,
            "urllib3": quiet,  # its debug lines hold addresses, and a chat's address is a secret
        },
    }


def place_of_exception(logger: Any, method: str, event: Event) -> Event:
    """Replace `exc_info` by the kind of the exception and the lines it passed through."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event


def describe(error: BaseException) -> str:
    """Return the chain of an exception, oldest first: places, kinds, and only safe words."""
    parts = []
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        places = [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        parts.append("\n".join([*places, _headline(current)]))
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\nthen\n".join(reversed(parts))


def strike_out(logger: Any, method: str, line: str) -> str:
    """Take keys and one-time links out of a finished line."""
    for pattern in SECRETS:
        line = pattern.sub(r"\1…", line)
    return line


class Wordless(logging.Filter):
    """Takes the words of an exception out of Celery's line about a failed task."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record; replace the exception's words, which Celery puts in the text."""
        if isinstance(record.args, dict) and "exc" in record.args:
            error = record.exc_info[1] if record.exc_info else None
            kind = type(error).__name__ if error else "an exception"
            record.args = {**record.args, "exc": kind, "traceback": ""}
        return True


def _headline(error: BaseException) -> str:
    kind = type(error)
    if not any(base.__name__ in SPEAKING for base in kind.__mro__):
        return kind.__name__
    words = next(iter(str(error).splitlines()), "")
    return f"{kind.__name__}: {words}"


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
