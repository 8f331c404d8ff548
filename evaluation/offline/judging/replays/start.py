"""Start a replay: say what is missing before anything is asked, then queue it."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from evaluation.offline.budget import refuse_spent_month
from evaluation.offline.judging.asking import JudgeAsker
from evaluation.offline.judging.standing import marks_by_result, scores_of
from evaluation.offline.models import CaseResult, JudgeVersion, Replay
from evaluation.offline.wake import REPLAY, wake_on_commit
from evaluation.providers import connections
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Person

RESULTS = 1_000  # of one replay
UNDER_WAY = 10  # of one person in one project
AN_HOUR = 5_000  # answers that one person may have scored again in any project


@transaction.atomic
def start_replay(
    version: JudgeVersion, *, results: Sequence[CaseResult], actor: Actor, reason: str
) -> Replay:
    """Queue `results` to be scored by `version`, and wake a worker on commit.

    No verdict changes by it: it shows how a new version scores, or whether a judge says the
    same when it is asked again. Raises NotPermitted, or Refused with what to do instead.
    """
    project = version.judge.project
    require(actor, Action.MARK, project)
    if actor.person is None:
        raise Refused("Only a person starts a replay.")
    wanted = {result.pk: result for result in results}
    found = CaseResult.objects.filter(
        pk__in=wanted, run__prompt__project=project, error=""
    ).select_related("case")
    connection = connections.get(version.connection)
    refuse_spent_month(project, connection)
    asker = JudgeAsker(version, connection)
    scorable = [result.pk for result in found if asker.applies(result.case)]
    _refuse_what_cannot_be(version, len(wanted), len(scorable))
    # One at a time for each person, so that nobody starts more at once than they may.
    Person.objects.select_for_update(no_key=True).get(pk=actor.person.pk)
    _refuse_too_often(actor.person, len(scorable))
    open_ones = Replay.objects.filter(
        judge__judge__project=project,
        requested_by=actor.person,
        state__in=(Replay.State.QUEUED, Replay.State.RUNNING),
    )
    if open_ones.count() >= UNDER_WAY:
        raise Refused(f"{UNDER_WAY} replays of yours are under way. Wait until one is done.")
    chosen = set(scorable)
    replay = Replay.objects.create(
        judge=version,
        results=[pk for pk in wanted if pk in chosen],
        requested_by=actor.person,
    )
    record(
        "replay.requested",
        replay,
        actor=actor,
        project=project,
        reason=reason,
        after={"judge": str(version), "digest": version.digest, "answers": len(chosen)},
    )
    wake_on_commit([replay.pk], REPLAY)
    return replay


def _refuse_too_often(person: Person, more: int) -> None:
    """Raise Refused when `more` answers go over what one may have scored again in an hour."""
    lately = Replay.objects.filter(
        requested_by=person, created_at__gt=database_now() - timedelta(hours=1)
    )
    asked = sum(len(results) for results in lately.values_list("results", flat=True))
    if asked + more > AN_HOUR:
        raise Refused(
            f"Within an hour you had {asked:,} answers scored again; {AN_HOUR:,} are most, since "
            "each one costs a call. Choose fewer, or go on later."
        )


def replay_marked(version: JudgeVersion, *, actor: Actor, reason: str) -> Replay:
    """Queue every blindly marked answer that `version` has not scored yet.

    Raises NotPermitted, or Refused when there is none.
    """
    require(actor, Action.MARK, version.judge.project)
    ids = marked_without_score(version)
    if not ids:
        raise Refused(f"{version} has scored every answer that is marked. Mark more answers first.")
    results = CaseResult.objects.filter(pk__in=ids[:RESULTS]).order_by("pk")
    return start_replay(version, results=list(results), actor=actor, reason=reason)


def marked_without_score(version: JudgeVersion) -> list[int]:
    """Return the results with a blind mark that `version` gave no score, by id."""
    marked = marks_by_result([version.judge_id])[version.judge_id]
    return sorted(set(marked) - set(scores_of([version])[version.pk]))


def _refuse_what_cannot_be(version: JudgeVersion, wanted: int, scorable: int) -> None:
    if wanted > RESULTS:
        raise Refused(f"{wanted:,} answers; a replay takes at most {RESULTS:,}. Choose fewer.")
    if not scorable:
        needs = " and a ".join(version.needs)
        more = f" It needs cases with a {needs}." if needs else ""
        raise Refused(f"None of these answers can be scored by {version}.{more}")
