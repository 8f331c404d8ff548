"""The addresses of Langfuse's API that can be read here. Everything else is a JSON 404.

Those that take calls and scores stand before them, in `evaluation.web.api.urls`.
"""

from django.urls import path, re_path

from registry.runtime.langfuse.door import health, unknown
from registry.runtime.langfuse.projects import projects
from registry.runtime.langfuse.prompt import prompt
from registry.runtime.langfuse.prompts import prompts

urlpatterns = [
    path("health", health, name="langfuse_health"),
    path("projects", projects, name="langfuse_projects"),
    path("v2/prompts", prompts, name="langfuse_prompts"),
    path("v2/prompts/<path:name>", prompt, name="langfuse_prompt"),
    re_path(r"", unknown, name="langfuse_not_found"),
]
