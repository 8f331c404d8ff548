"""The address of a run's report."""

from urllib.parse import urlencode

from django.urls import reverse

from evaluation.offline.models import Run


def run_url(run: Run, *, case: str = "") -> str:
    """Return the address of the report, or of one case in it."""
    url = reverse("run", args=[run.prompt.project.slug, run.pk])
    return f"{url}?{urlencode({'case': case})}" if case else url
