"""The addresses of evaluation's own pages.

They come before registry's: the last word of a prompt's evaluation page is reserved in names.
"""

from django.urls import path

from evaluation.web.checks import urls as checks
from evaluation.web.connections import urls as connections
from evaluation.web.golden import urls as golden
from evaluation.web.intake.page import intake
from evaluation.web.judges import urls as judges
from evaluation.web.rollouts import urls as rollouts
from evaluation.web.runs import urls as runs
from evaluation.web.samples import urls as samples
from evaluation.web.suites import defaults as suite_defaults
from evaluation.web.suites import page as suites
from evaluation.web.tryout import keep
from evaluation.web.tryout import views as tryout

PROJECT = "projects/<slug:slug>/"
TRY_OUT = PROJECT + "try-outs/<int:pk>"

urlpatterns = [
    *golden.urlpatterns,
    *connections.urlpatterns,
    *judges.urlpatterns,
    *runs.urlpatterns,
    *rollouts.urlpatterns,
    *checks.urlpatterns,
    *samples.urlpatterns,
    path(PROJECT + "prompts/<path:name>/evaluation", suites.suite, name="suite"),
    path(PROJECT + "intake", intake, name="intake"),
    path(PROJECT + "evaluation", suite_defaults.suite_defaults, name="suite_defaults"),
    path(PROJECT + "prompts/<path:name>/edit/try", tryout.start, name="try_out_start"),
    path(TRY_OUT, tryout.show, name="try_out"),
    path(TRY_OUT + "/cancel", tryout.cancel, name="try_out_cancel"),
    path(TRY_OUT + "/case", keep.keep_case, name="try_out_case"),
]
