"""The same shop, people and prompt as for the other pages."""

from tests.registry.web.conftest import as_, prompt, shop

__all__ = ["as_", "prompt", "shop"]
