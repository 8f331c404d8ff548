"""Golden datasets: snapshots are numbered, frozen, and the same cases are one snapshot."""

import pytest
from django.db import IntegrityError, connection, transaction

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset, latest_snapshot
from evaluation.offline.models import Case, Dataset
from evaluation.offline.suites import set_suite
from registry.audit.models import Event
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.offline.conftest import golden
from tests.stages import World


def test_each_import_makes_the_next_snapshot_and_the_same_cases_make_none(
    shop: World, dataset: Dataset
) -> None:
    first = latest_snapshot(dataset)
    assert first is not None
    assert (first.number, first.case_count, first.sealed) == (1, 24, True)
    with pytest.raises(Refused, match="exactly the cases of v1"):
        add_snapshot(dataset, cases=golden(24)[::-1], actor=shop.actor("ana"), reason="Turned.")
    second = add_snapshot(dataset, cases=golden(25), actor=shop.actor("ana"), reason="One more.")
    assert (second.number, second.digest != first.digest) == (2, True)
    event = Event.objects.filter(action="dataset.snapshot").first()
    assert (event.actor, event.reason) == (shop.person("ana"), "One more.")


def test_the_database_keeps_a_sealed_snapshot_as_it_is(dataset: Dataset) -> None:
    snapshot = latest_snapshot(dataset)
    case = snapshot.cases.first()
    more = Case(snapshot=snapshot, case_id="late", position=99, query="One more?")
    case.query = "Another question"
    for change in (
        lambda: Case.objects.bulk_create([more]),
        lambda: Case.objects.bulk_update([case], ["query"]),
        lambda: snapshot.cases.all()._raw_delete("default"),
        lambda: raw("UPDATE evaluation_snapshot SET case_count = 1"),
        lambda: raw("DELETE FROM evaluation_case"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert (snapshot.cases.count(), snapshot.cases.first().query) == (24, "Question 1?")


def raw(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_id_given_twice_and_no_case_at_all_are_refused_whole(
    shop: World, dataset: Dataset
) -> None:
    twice = [*golden(3), NewCase("q01", query="Again?")]
    for cases, said in ((twice, "'q01' is given twice"), ([], "There is no case")):
        with pytest.raises(Refused, match=said):
            add_snapshot(dataset, cases=cases, actor=shop.actor("ana"), reason="")
    assert dataset.snapshots.count() == 1


def test_a_viewer_makes_no_dataset_and_a_name_is_used_once(shop: World, dataset: Dataset) -> None:
    with pytest.raises(NotPermitted, match="author or reviewer"):
        create_dataset(shop.project, name="Mine", actor=shop.actor("vic"))
    with pytest.raises(NotPermitted):
        add_snapshot(dataset, cases=golden(2), actor=shop.actor("vic"), reason="")
    with pytest.raises(ContentError, match="has a dataset 'Questions' already"):
        create_dataset(shop.project, name="Questions", actor=shop.actor("rui"))
    assert create_dataset(shop.project, name="Mine", actor=shop.actor("rui")).pk


def test_a_suite_takes_sound_checks_and_a_dataset_of_its_own_project(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    other = stages.world("other")
    theirs = create_dataset(other.project, name="Theirs", actor=other.actor("ana"))
    sound = {"checks": [{"type": "not_empty"}], "connection": "", "dataset": dataset}
    for wrong, field in (
        ({"dataset": theirs}, "dataset"),
        ({"checks": [{"type": "not_empty"}, {"type": "contains", "value": ""}]}, "checks.2"),
        ({"connection": "nowhere"}, "connection"),
    ):
        with pytest.raises(ContentError) as refused:
            set_suite(prompt, **(sound | wrong), actor=shop.actor("ana"), reason="")
        assert refused.value.field == field
    suite = set_suite(prompt, **sound, actor=shop.actor("ana"), reason="Start small.")
    assert suite.history.get().history_change_reason == "Start small."
