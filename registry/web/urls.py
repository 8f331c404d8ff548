"""The addresses of registry's own pages."""

from django.urls import path

from registry.web.audit.urls import urlpatterns as trail
from registry.web.compare.urls import urlpatterns as comparison
from registry.web.editor_urls import urlpatterns as editor
from registry.web.home import home
from registry.web.in_out.urls import urlpatterns as in_out
from registry.web.keys.urls import urlpatterns as keys
from registry.web.ledger.urls import urlpatterns as ledgers
from registry.web.lists.urls import urlpatterns as lists
from registry.web.notices.urls import urlpatterns as notices
from registry.web.project_urls import urlpatterns as projects
from registry.web.prompt_urls import urlpatterns as prompts
from registry.web.review.urls import urlpatterns as reviews

urlpatterns = [
    path("", home, name="home"),
    *projects,
    *keys,
    *in_out,
    *lists,
    *notices,
    *ledgers,
    *trail,
    *reviews,
    # The bare name of a prompt takes every address that is left below its project.
    *comparison,
    *editor,
    *prompts,
]
