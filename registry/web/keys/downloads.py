"""Our clients as files to install: public, since they hold no secret."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from registry.web.keys.packages import RECIPES, Recipe, package
from registry.web.permissions import open_to_all

MINUTES = 5 * 60


def _etag(request: HttpRequest, language: str, filename: str) -> str:
    return package(find_recipe(language, filename)).etag


@open_to_all
@require_safe
@condition(etag_func=_etag)
def client_package(request: HttpRequest, language: str, filename: str) -> HttpResponse:
    """Answer the package of a client."""
    built = package(find_recipe(language, filename))
    answer = HttpResponse(built.content, content_type=built.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    patch_cache_control(answer, public=True, max_age=MINUTES)
    return answer


def find_recipe(language: str, filename: str) -> Recipe:
    """Return how that file is made. Raises Http404 naming the files that there are."""
    for recipe in RECIPES:
        if (recipe.language, recipe.filename) == (language, filename):
            return recipe
    known = ", ".join(f"/clients/{recipe.language}/{recipe.filename}" for recipe in RECIPES)
    raise Http404(f"There is no such client. There are: {known}.")
