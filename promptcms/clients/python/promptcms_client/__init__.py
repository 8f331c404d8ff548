"""Fetches prompts from promptcms: kept in memory, refreshed beside the application."""

from promptcms_client.async_client import AsyncClient
from promptcms_client.client import Client
from promptcms_client.errors import (
    BadRequest,
    ConfigError,
    Forbidden,
    NotFound,
    PromptcmsError,
    TemplateError,
    Unauthorized,
    Unavailable,
)
from promptcms_client.fake import FakeClient
from promptcms_client.identity import VERSION
from promptcms_client.prompt import Prompt

__version__ = VERSION

__all__ = [
    "AsyncClient",
    "BadRequest",
    "Client",
    "ConfigError",
    "FakeClient",
    "Forbidden",
    "NotFound",
    "Prompt",
    "PromptcmsError",
    "TemplateError",
    "Unauthorized",
    "Unavailable",
    "__version__",
]
