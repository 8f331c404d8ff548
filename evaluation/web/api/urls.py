"""The addresses of evaluation's API; they come before registry's catch-alls under /api/."""

from django.urls import path

from evaluation.web.api.views import EvaluationCasesView, EvaluationsView, EvaluationView
from evaluation.web.intake.langfuse_views import ingestion, scores
from evaluation.web.intake.observations import ObservationsView
from evaluation.web.intake.otlp_views import other_signals, traces

urlpatterns = [
    path("api/v1/observations", ObservationsView.as_view(), name="api_observations"),
    path("api/v1/evaluations", EvaluationsView.as_view(), name="api_evaluations"),
    path("api/v1/evaluations/<int:pk>", EvaluationView.as_view(), name="api_evaluation"),
    path(
        "api/v1/evaluations/<int:pk>/cases",
        EvaluationCasesView.as_view(),
        name="api_evaluation_cases",
    ),
    path("v1/traces", traces, name="otlp_traces"),
    path("v1/<path:signal>", other_signals, name="otlp_other"),
    path("api/public/otel/v1/traces", traces, name="langfuse_traces"),
    path("api/public/scores", scores, name="langfuse_scores"),
    path("api/public/ingestion", ingestion, name="langfuse_ingestion"),
]
