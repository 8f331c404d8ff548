"""The addresses of rollouts: the monitor, one attempt, all of a project, a version's figures."""

from django.urls import path

from evaluation.web.rollouts import overview, production, views

PROJECT = "projects/<slug:slug>/"
PROMPT = PROJECT + "prompts/<path:name>"

urlpatterns = [
    path(PROJECT + "rollouts", overview.rollouts, name="rollouts"),
    path(PROMPT + "/rollouts/<int:pk>", views.show_rollout, name="rollout"),
    path(PROMPT + "/rollout", views.monitor, name="monitor"),
    path(
        PROMPT + "/versions/<str:semver>/production",
        production.version_production,
        name="version_production",
    ),
]
