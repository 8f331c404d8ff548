"""The addresses of the comparison; included by `registry.web.urls`."""

from django.urls import path

from registry.web.compare.views import compare, compare_newest

COMPARE = "projects/<slug:slug>/prompts/<path:name>/compare"

urlpatterns = [
    path(f"{COMPARE}/", compare_newest, name="compare"),
    path(f"{COMPARE}/<str:old>...<str:new>", compare, name="compare"),
]
