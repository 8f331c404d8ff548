"""The addresses of the inbox, the review page and the discussion on it."""

from django.urls import path

from registry.web.review import comment_actions, views
from registry.web.review.inbox import inbox

VERSION = "projects/<slug:slug>/prompts/<path:name>/versions/<str:semver>"

urlpatterns = [
    path("inbox", inbox, name="inbox"),
    path(VERSION + "/review", views.show_review, name="review"),
    path(VERSION + "/meaning", views.meaning_confirm, name="meaning_confirm"),
    path(VERSION + "/comments", comment_actions.comment_add, name="comment_add"),
    path(
        VERSION + "/comments/<int:pk>/resolve",
        comment_actions.comment_resolve,
        name="comment_resolve",
    ),
    path(
        VERSION + "/comments/<int:pk>/reopen",
        comment_actions.comment_reopen,
        name="comment_reopen",
    ),
]
