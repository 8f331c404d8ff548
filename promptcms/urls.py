"""Every address: the API and our own pages first, then the admin site at the root.

Read with the first request that is no fetch, and the lists of the admin site with it.
"""

from django.urls import include, path

import evaluation.admin  # noqa: F401
import registry.admin  # noqa: F401
from promptcms.site import site
from registry.runtime.errors import api_or_page
from registry.web.errors import bad_request, forbidden, not_found, server_error

urlpatterns = [
    # Before registry's: its catch-all answers whatever else is under /api/.
    path("", include("evaluation.web.api.urls")),
    path("", include("registry.runtime.urls")),
    # Before registry's: a bare prompt name takes every address that is left below a project.
    path("", include("evaluation.web.urls")),
    path("", include("registry.web.urls")),
    path("", site.urls),
]
handler400 = api_or_page(400, bad_request)
handler403 = api_or_page(403, forbidden)
handler404 = api_or_page(404, not_found)
handler500 = api_or_page(500, server_error)
