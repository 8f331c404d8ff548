"""The addresses of the editor; included by `registry.web.urls`."""

from django.urls import path

from registry.web.editor.drafts import discard, keep_draft, take_back_draft
from registry.web.editor.merge import keep_mine, merge
from registry.web.editor.refresh import refresh
from registry.web.editor.views import editor
from registry.web.session import session

PROMPT = "projects/<slug:slug>/prompts/<path:name>"

urlpatterns = [
    path("session", session, name="session"),
    path(f"{PROMPT}/edit", editor, name="editor"),
    path(f"{PROMPT}/edit/draft", keep_draft, name="editor_draft"),
    path(f"{PROMPT}/edit/meaning", refresh, name="editor_meaning"),
    path(f"{PROMPT}/edit/merge", merge, name="editor_merge"),
    path(f"{PROMPT}/edit/keep-mine", keep_mine, name="editor_keep_mine"),
    path(f"{PROMPT}/edit/discard", discard, name="editor_discard"),
    path(f"{PROMPT}/edit/take-back", take_back_draft, name="editor_take_back"),
]
