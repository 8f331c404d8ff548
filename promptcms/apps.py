"""The project as an app: connects Celery and the system checks when Django starts."""

from django.apps import AppConfig


class PromptcmsConfig(AppConfig):
    """Wires what must exist once per process."""

    name = "promptcms"

    def ready(self) -> None:
        """Make our Celery app the current one, register checks and guards."""
        from promptcms import celery, checks, guards  # noqa: F401

        guards.connect()
