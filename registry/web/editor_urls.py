"""The addresses of the editor; included by `registry.web.urls`."""

from django.urls import path

from registry.web.editor.drafts import discard, keep_draft
from registry.web.editor.refresh import refresh
from registry.web.editor.views import editor

PROMPT = "projects/<slug:slug>/prompts/<path:name>"

urlpatterns = [
    path(f"{PROMPT}/edit", editor, name="editor"),
    path(f"{PROMPT}/edit/draft", keep_draft, name="editor_draft"),
    path(f"{PROMPT}/edit/meaning", refresh, name="editor_meaning"),
    path(f"{PROMPT}/edit/discard", discard, name="editor_discard"),
]
