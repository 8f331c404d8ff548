"""The addresses of samples."""

from django.urls import path

from evaluation.web.samples import add_case, page

PROJECT = "projects/<slug:slug>/"

urlpatterns = [
    path(PROJECT + "prompts/<path:name>/samples", page.samples, name="samples"),
    path(PROJECT + "samples/<int:pk>/case", add_case.case_from_sample, name="case_from_sample"),
]
