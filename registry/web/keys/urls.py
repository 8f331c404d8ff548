"""The addresses of a project's API keys."""

from django.urls import path

from registry.web.keys import views
from registry.web.keys.downloads import client_package
from registry.web.keys.replace import key_replace

KEYS = "projects/<slug:slug>/keys"

urlpatterns = [
    path(KEYS, views.keys, name="keys"),
    path(KEYS + "/new", views.key_new, name="key_new"),
    path(KEYS + "/<int:pk>/replace", key_replace, name="key_replace"),
    path(KEYS + "/<int:pk>/revoke", views.key_revoke, name="key_revoke"),
    path("clients/<str:language>/<str:filename>", client_package, name="client_package"),
]
