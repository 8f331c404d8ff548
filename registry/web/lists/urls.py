"""The addresses of the search and of changes to several prompts at once."""

from django.urls import path

from registry.web.lists.change_several import prompts_change
from registry.web.lists.search import search

urlpatterns = [
    path("search", search, name="search"),
    path("prompts/change", prompts_change, name="prompts_change"),
]
