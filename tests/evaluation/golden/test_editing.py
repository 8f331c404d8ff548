"""Cases changed one by one or several at once, and the snapshot that comes of it."""

from dataclasses import replace

import pytest

from evaluation.offline.cases import BadCase, NewCase
from evaluation.offline.datasets import add_snapshot, latest_snapshot
from evaluation.offline.golden.compare import cases_in, changes_between
from evaluation.offline.golden.edit import (
    change_several,
    edits_of,
    frozen_case,
    keep_case,
    mark_of,
    tagged,
    taken_out,
    undo,
)
from evaluation.offline.golden.freeze import freeze_edits, pending_of
from evaluation.offline.models import Dataset, Snapshot
from registry.audit.models import Event
from registry.domain.errors import Refused, Stale
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from tests.evaluation.golden.conftest import FOUR
from tests.stages import World

LATER = NewCase("later", query="And later?")


def change(shop: World, dataset: Dataset, case_id: str, by: str = "ana", **fields: str) -> None:
    """Change fields of a case, as its form does."""
    frozen = frozen_case(dataset, case_id)
    assert frozen is not None
    case = replace(frozen, **fields)  # type: ignore[arg-type]
    keep_case(dataset, case=case, seen=mark_of(frozen), actor=shop.actor(by))


def freeze(shop: World, dataset: Dataset, by: str = "ana") -> Snapshot:
    """Save what waits."""
    return freeze_edits(dataset, actor=shop.actor(by), reason="Better cases.")


def test_changes_wait_and_become_one_snapshot_with_its_reason(
    shop: World, dataset: Dataset
) -> None:
    ana = shop.actor("ana")
    first = latest_snapshot(dataset)
    assert first is not None
    change(shop, dataset, "kind", reference="It left on Monday.")
    keep_case(dataset, case=LATER, seen="", actor=ana)
    change_several(dataset, case_ids=["secret"], change=taken_out, actor=ana)
    assert dataset.snapshots.count() == 1
    assert [c.what for c in pending_of(dataset, ana)] == ["changed", "added", "taken out"]

    second = freeze(shop, dataset)
    assert [c.case_id for c in cases_in(second)] == ["angry", "kind", "ärger", "later"]
    assert cases_in(second)[1].reference == "It left on Monday."
    assert not edits_of(dataset, ana).exists()
    event = Event.objects.filter(action="dataset.snapshot").order_by("pk").last()
    assert event is not None
    assert (event.actor, event.reason) == (shop.person("ana"), "Better cases.")
    found = changes_between(first, second)
    assert [(c.case_id, c.what, c.fields) for c in found] == [
        ("kind", "changed", ["reference"]),
        ("later", "added", ["query"]),
        ("secret", "taken out", ["query", "tags"]),
    ]


def test_several_cases_get_and_lose_tags_and_what_is_as_before_waits_for_nothing(
    shop: World, dataset: Dataset
) -> None:
    ana = shop.actor("ana")
    ids = [case.case_id for case in FOUR]
    assert change_several(dataset, case_ids=ids, change=tagged(add=["smoke"]), actor=ana) == 2
    assert change_several(dataset, case_ids=ids, change=tagged(remove=["smoke"]), actor=ana) == 4
    assert [edit.case_id for edit in edits_of(dataset, ana)] == ["angry", "secret"]
    change_several(dataset, case_ids=["angry"], change=tagged(add=["smoke"]), actor=ana)
    assert [edit.case_id for edit in edits_of(dataset, ana)] == ["secret"]
    with pytest.raises(BadCase, match="plain letters"):
        tagged(add=["<b>"])
    assert undo(dataset, actor=ana) == 1
    with pytest.raises(Refused, match="Nothing has changed"):
        freeze(shop, dataset)


def test_what_two_people_change_in_different_cases_is_all_kept(
    shop: World, dataset: Dataset
) -> None:
    change(shop, dataset, "angry", query="Money!")
    change(shop, dataset, "kind", by="rui", query="Where?")
    freeze(shop, dataset, by="rui")
    assert [case.query for case in cases_in(freeze(shop, dataset))][:2] == ["Money!", "Where?"]


def test_who_is_second_on_the_same_case_sees_it_and_chooses(shop: World, dataset: Dataset) -> None:
    seen = mark_of(frozen_case(dataset, "kind"))
    change(shop, dataset, "kind", query="Mine?")
    change(shop, dataset, "kind", by="rui", query="Theirs?")
    freeze(shop, dataset, by="rui")
    assert [c.theirs for c in pending_of(dataset, shop.actor("ana"))] == [True]
    with pytest.raises(Stale, match="Others changed kind"):
        freeze(shop, dataset)
    with pytest.raises(Stale, match="different"):
        keep_case(dataset, case=FOUR[1], seen=seen, actor=shop.actor("ana"))
    change(shop, dataset, "kind", query="Mine?")
    assert cases_in(freeze(shop, dataset))[1].query == "Mine?"


def test_a_case_that_both_took_out_or_both_made_alike_is_no_clash(
    shop: World, dataset: Dataset
) -> None:
    for name in ("ana", "rui"):
        actor = shop.actor(name)
        change_several(dataset, case_ids=["secret"], change=taken_out, actor=actor)
        keep_case(dataset, case=LATER, seen="", actor=actor)
    change(shop, dataset, "angry", query="Money!")
    freeze(shop, dataset, by="rui")
    assert [c.case_id for c in cases_in(freeze(shop, dataset))] == [
        *("angry", "kind", "ärger", "later"),
    ]


def test_a_taken_id_a_missing_reason_and_a_missing_right_are_refused(
    shop: World, dataset: Dataset
) -> None:
    ana, vic = shop.actor("ana"), shop.actor("vic")
    with pytest.raises(ContentError, match="has a case kind already"):
        keep_case(dataset, case=NewCase("kind", query="?"), seen="", actor=ana)
    for attempt in (
        lambda: keep_case(dataset, case=LATER, seen="", actor=vic),
        lambda: change_several(dataset, case_ids=["kind"], change=taken_out, actor=vic),
        lambda: undo(dataset, actor=vic),
        lambda: freeze_edits(dataset, actor=vic, reason="Mine."),
    ):
        with pytest.raises(NotPermitted):
            attempt()
    keep_case(dataset, case=LATER, seen="", actor=ana)
    with pytest.raises(ContentError, match="why the cases change"):
        freeze_edits(dataset, actor=ana, reason=" ")
    assert freeze(shop, dataset).case_count == 5


def test_every_case_taken_out_is_no_snapshot(shop: World, dataset: Dataset) -> None:
    ids = [case.case_id for case in FOUR]
    change_several(dataset, case_ids=ids, change=taken_out, actor=shop.actor("ana"))
    with pytest.raises(Refused, match="no case"):
        freeze(shop, dataset)
    assert edits_of(dataset, shop.actor("ana")).count() == 4


def test_a_conversation_stays_through_an_edit_and_old_digests_hold(
    shop: World, dataset: Dataset
) -> None:
    talk = ({"role": "user", "content": "Hello"},)
    cases = [replace(FOUR[0], messages=talk), *FOUR[1:]]
    snapshot = add_snapshot(dataset, cases=cases, actor=shop.actor("ana"), reason="Talk.")
    change(shop, dataset, "angry", query="Money!")
    assert cases_in(freeze(shop, dataset))[0].messages == talk
    back = add_snapshot(dataset, cases=cases, actor=shop.actor("ana"), reason="Back.")
    assert back.digest == snapshot.digest
