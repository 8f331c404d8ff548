"""Our clients as files to install: public, since they hold no secret."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from registry.web.keys.packages import RECIPES, Recipe, package
from registry.web.permissions import open_to_all

SECONDS = 5 * 60


def _etag(request: HttpRequest, language: str, filename: str) -> str | None:
    recipe = _recipe(language, filename)
    return package(recipe).etag if recipe else None


@open_to_all
@require_safe
@condition(etag_func=_etag)
def client_package(request: HttpRequest, language: str, filename: str) -> HttpResponse:
    """Answer the package of a client; in plain words, for pip and npm, when there is none."""
    recipe = _recipe(language, filename)
    if recipe is None:
        known = "\n".join(f"/clients/{one.language}/{one.filename}" for one in RECIPES)
        words = f"There is no such client. There are:\n{known}\n"
        return HttpResponse(words, status=404, content_type="text/plain; charset=utf-8")
    built = package(recipe)
    answer = HttpResponse(built.content, content_type=built.content_type)
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    patch_cache_control(answer, public=True, max_age=SECONDS)
    return answer


def _recipe(language: str, filename: str) -> Recipe | None:
    """Return how that file is made, if there is such a client."""
    asked = (language, filename)
    return next((one for one in RECIPES if (one.language, one.filename) == asked), None)
