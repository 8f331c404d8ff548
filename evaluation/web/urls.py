"""The addresses of evaluation's own pages.

They come before registry's: the last word of a prompt's evaluation page is reserved in names.
"""

from django.urls import path

from evaluation.web import datasets, imports, runs, suites

PROJECT = "projects/<slug:slug>/"
DATASET = PROJECT + "datasets/<int:pk>"
RUN = PROJECT + "runs/<int:pk>"

urlpatterns = [
    path(PROJECT + "datasets/new", datasets.new_dataset, name="new_dataset"),
    path(DATASET, datasets.show_dataset, name="dataset"),
    path(DATASET + "/import", imports.import_cases, name="import_cases"),
    path(PROJECT + "prompts/<path:name>/evaluation", suites.suite, name="suite"),
    path(RUN, runs.show_run, name="run"),
    path(RUN + "/progress", runs.run_progress, name="run_progress"),
    path(RUN + "/cancel", runs.run_cancel, name="run_cancel"),
]
