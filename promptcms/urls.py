"""Every address: our own pages first, then the admin site at the root."""

from django.urls import include, path

from promptcms.site import site

urlpatterns = [
    path("", include("registry.web.urls")),
    path("", site.urls),
]
handler403 = "registry.web.errors.forbidden"
handler404 = "registry.web.errors.not_found"
handler500 = "registry.web.errors.server_error"
