"""One more case for a dataset: the next snapshot holds the old ones and it."""

import pytest

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_case, create_dataset, latest_snapshot
from evaluation.offline.models import Dataset
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from tests.stages import World

LATE = NewCase("late", query="Where is it?", inputs={"company": "Contoso"}, tags=("smoke",))


def test_a_case_is_added_behind_the_others_and_they_stay_as_they_are(
    shop: World, dataset: Dataset
) -> None:
    before = latest_snapshot(dataset)
    assert before is not None
    ids = list(before.cases.values_list("case_id", flat=True))
    after = add_case(dataset, case=LATE, actor=shop.actor("rui"), reason="A ticket of today.")
    assert (after.number, after.case_count) == (before.number + 1, len(ids) + 1)
    assert list(after.cases.values_list("case_id", flat=True)) == [*ids, "late"]
    assert before.cases.count() == len(ids)
    event = Event.objects.order_by("-pk").first()
    assert event is not None
    assert (event.action, event.actor_name, event.reason) == (
        "dataset.snapshot",
        "rui",
        "A ticket of today.",
    )


def test_a_dataset_without_cases_gets_its_first(shop: World) -> None:
    empty = create_dataset(shop.project, name="Empty", actor=shop.actor("ana"))
    assert add_case(empty, case=LATE, actor=shop.actor("ana"), reason="").case_count == 1


def test_a_taken_id_a_missing_right_and_too_much_are_refused(shop: World, dataset: Dataset) -> None:
    with pytest.raises(NotPermitted, match="author or reviewer"):
        add_case(dataset, case=LATE, actor=shop.actor("vic"), reason="")
    with pytest.raises(ContentError, match="has a case q01 already") as refusal:
        add_case(dataset, case=NewCase("q01", query="?"), actor=shop.actor("ana"), reason="")
    assert refusal.value.field == "case_id"
    huge = NewCase("huge", context=tuple("x" * 60_000 for _ in range(200)))
    with pytest.raises(Refused, match="at most 10 MiB"):
        add_case(dataset, case=huge, actor=shop.actor("ana"), reason="")
    assert dataset.snapshots.count() == 1
