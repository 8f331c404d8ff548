"""The addresses of the API and of the probes. Everything else under /api/ is a JSON 404."""

from django.urls import include, path, re_path

from registry.runtime import health
from registry.runtime.api.bundle import BundleView
from registry.runtime.api.diff import DiffView
from registry.runtime.api.ledger import LedgerView
from registry.runtime.api.openapi import DocsView, OpenAPIView
from registry.runtime.api.prompt import PromptView
from registry.runtime.api.prompts import PromptsView
from registry.runtime.api.rollback import RollbackView
from registry.runtime.api.versions import VersionsView, VersionView
from registry.runtime.errors import api_not_found
from registry.runtime.metrics import metrics

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("status", health.status, name="status"),
    path("metrics", metrics, name="metrics"),
    path("api/docs", DocsView.as_view(), name="api_docs"),
    path("api/v1/openapi.json", OpenAPIView.as_view(), name="api_openapi"),
    path("api/v1/bundle", BundleView.as_view(), name="api_bundle"),
    path("api/v1/prompts", PromptsView.as_view(), name="api_prompts"),
    # A prompt's own addresses before the prompt: a name may hold slashes.
    path("api/v1/prompts/<path:name>/versions", VersionsView.as_view(), name="api_versions"),
    path(
        "api/v1/prompts/<path:name>/versions/<str:semver>",
        VersionView.as_view(),
        name="api_version",
    ),
    path("api/v1/prompts/<path:name>/diff", DiffView.as_view(), name="api_diff"),
    path("api/v1/prompts/<path:name>/ledger", LedgerView.as_view(), name="api_ledger"),
    path("api/v1/prompts/<path:name>/rollback", RollbackView.as_view(), name="api_rollback"),
    path("api/v1/prompts/<path:name>", PromptView.as_view(), name="api_prompt"),
    path("api/public/", include("registry.runtime.langfuse.urls")),
    re_path(r"^/*[aA][pP][iI](?:/|$)", api_not_found, name="api_not_found"),
]
