"""The addresses of a project's model connections."""

from django.urls import path

from evaluation.web.connections import views

CONNECTIONS = "projects/<slug:slug>/connections"

urlpatterns = [
    path(CONNECTIONS, views.connections, name="connections"),
    path(CONNECTIONS + "/test", views.connection_test, name="connection_test"),
    path(CONNECTIONS + "/tests", views.connection_tests, name="connection_tests"),
]
