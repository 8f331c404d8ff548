"""The addresses of the API and of the probes. Everything else under /api/ is a JSON 404."""

from django.urls import include, path, re_path

from registry.runtime import health
from registry.runtime.errors import api_not_found
from registry.runtime.views import PromptView, RollbackView

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("status", health.status, name="status"),
    path("api/v1/prompts/<path:name>/rollback", RollbackView.as_view(), name="api_rollback"),
    path("api/v1/prompts/<path:name>", PromptView.as_view(), name="api_prompt"),
    path("api/public/", include("registry.runtime.langfuse.urls")),
    re_path(r"^api(?:/|$)", api_not_found, name="api_not_found"),
]
