"""The addresses of notices: one's own choices, and the deliveries of a project."""

from django.urls import path

from registry.web.notices import choices, deliveries

NOTICES = "projects/<slug:slug>/notices"

urlpatterns = [
    path("profile/notices", choices.notice_choices, name="notice_choices"),
    path(NOTICES, deliveries.notices, name="notices"),
    path(NOTICES + "/test", deliveries.notice_test, name="notice_test"),
    path(NOTICES + "/<int:pk>/again", deliveries.notice_again, name="notice_again"),
]
