"""The addresses at which the checks of a form are tried."""

from django.urls import path

from evaluation.web.checks import trial

PROJECT = "projects/<slug:slug>/"

urlpatterns = [
    path(PROJECT + "checks/trial", trial.try_checks, name="check_trial"),
    path(PROJECT + "checks/answers/<int:pk>", trial.show_answer, name="check_answer"),
]
