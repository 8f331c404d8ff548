"""The addresses of evaluation's API; they come before registry's catch-all under /api/."""

from django.urls import path

from evaluation.web.api.views import EvaluationCasesView, EvaluationsView, EvaluationView

urlpatterns = [
    path("api/v1/evaluations", EvaluationsView.as_view(), name="api_evaluations"),
    path("api/v1/evaluations/<int:pk>", EvaluationView.as_view(), name="api_evaluation"),
    path(
        "api/v1/evaluations/<int:pk>/cases",
        EvaluationCasesView.as_view(),
        name="api_evaluation_cases",
    ),
]
