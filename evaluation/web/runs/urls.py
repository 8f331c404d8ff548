"""The addresses of runs."""

from django.urls import path

from evaluation.web.runs import deeds, files, views

RUN = "projects/<slug:slug>/runs/<int:pk>"

urlpatterns = [
    path(RUN, views.show_run, name="run"),
    path(RUN + "/progress", views.run_progress, name="run_progress"),
    path(RUN + "/cancel", views.run_cancel, name="run_cancel"),
    path(RUN + "/report.<str:kind>", files.run_file, name="run_file"),
    path(RUN + "/mark", deeds.run_mark, name="run_mark"),
    path(RUN + "/judge-again", deeds.run_judge_again, name="run_judge_again"),
]
