"""What is served, to whom, by whose decision."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Prompts, versions, releases, labels, projects, keys and their audit trail."""

    name = "registry"
    verbose_name = "Prompts"

    def ready(self) -> None:
        """Note when each session entered a password, for acts that want a fresh one."""
        from registry.web import signin

        signin.connect()
