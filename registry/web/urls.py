"""The addresses of registry's own pages."""

from importlib import import_module

from django.urls import path

from registry.web.home import home

urlpatterns = [path("", home, name="home")]
for name in ("editor_urls", "keys.urls", "project_urls", "prompt_urls"):  # temporary, while they are written
    try:
        urlpatterns += import_module(f"registry.web.{name}").urlpatterns
    except ModuleNotFoundError:
        continue
