"""The addresses of registry's own pages."""

from django.urls import path

from registry.web.home import home

urlpatterns = [
    path("", home, name="home"),
]
