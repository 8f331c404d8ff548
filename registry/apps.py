"""What is served, to whom, by whose decision."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Prompts, versions, releases, labels, projects, keys and their audit trail."""

    name = "registry"
    verbose_name = "Prompts"
