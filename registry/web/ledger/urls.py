"""The addresses of the ledgers. `ledger` is reserved in the names of prompts."""

from django.urls import path

from registry.web.ledger.project import project_ledger, project_ledger_export
from registry.web.ledger.views import ledger, ledger_export

PROJECT = "projects/<slug:slug>/ledger"
PROMPT = "projects/<slug:slug>/prompts/<path:name>/ledger"

urlpatterns = [
    path(PROJECT, project_ledger, name="project_ledger"),
    path(PROJECT + "/export", project_ledger_export, name="project_ledger_export"),
    path(PROMPT, ledger, name="ledger"),
    path(PROMPT + "/export", ledger_export, name="ledger_export"),
]
