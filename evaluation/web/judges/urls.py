"""The addresses of judges and replays."""

from django.urls import path

from evaluation.web.judges import make, marking, replays, show

PROJECT = "projects/<slug:slug>/"
JUDGE = PROJECT + "judges/<int:pk>"
REPLAY = PROJECT + "replays/<int:pk>"

urlpatterns = [
    path(PROJECT + "judges/new", make.new_judge, name="new_judge"),
    path(JUDGE, show.show_judge, name="judge"),
    path(JUDGE + "/new", make.new_judge_version, name="judge_new_version"),
    path(JUDGE + "/mark", marking.mark_answers, name="judge_mark"),
    path(JUDGE + "/versions/<int:number>", show.show_version, name="judge_version"),
    path(JUDGE + "/versions/<int:number>/replay", replays.start_judge_replay, name="judge_replay"),
    path(REPLAY, replays.show_replay, name="replay"),
    path(REPLAY + "/cancel", replays.end_replay, name="replay_cancel"),
]
