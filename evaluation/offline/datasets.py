"""Golden datasets: make one, freeze its cases as the next numbered snapshot, keep an upload."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Max

from evaluation.offline.cases import NewCase, digest_of, faults_of
from evaluation.offline.models import Case, Dataset, Snapshot, Upload
from evaluation.offline.standards import keep_standard
from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.content import ContentError
from registry.domain.errors import Refused
from registry.domain.fields import storable_text
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.models import Project

UPLOAD_BYTES = 10 * 1024 * 1024
_BATCH = 500


@transaction.atomic
def create_dataset(project: Project, *, name: str, actor: Actor, description: str = "") -> Dataset:
    """Create a dataset without cases. Raises NotPermitted, or ContentError naming the field."""
    require(actor, Action.EDIT_DATASETS, project)
    name = storable_text(name, "The name", "name").strip()
    description = storable_text(description, "The description", "description").strip()
    if not 0 < len(name) <= 128 or "\n" in name:
        raise ContentError("name", "Give the dataset a name of 1 to 128 characters.")
    try:
        with transaction.atomic():
            dataset = Dataset(project=project, name=name, description=description)
            dataset.save(force_insert=True)
    except IntegrityError:
        raise ContentError("name", f"{project} has a dataset {name!r} already.") from None
    record("dataset.created", dataset, actor=actor, project=project, after={"name": name})
    return dataset


@transaction.atomic
def add_snapshot(
    dataset: Dataset, *, cases: Sequence[NewCase], actor: Actor, reason: str
) -> Snapshot:
    """Freeze `cases` as the next snapshot of `dataset`, in their order; all or nothing.

    Raises NotPermitted, or Refused when they break a limit or equal the latest snapshot.
    """
    require(actor, Action.EDIT_DATASETS, dataset.project)
    if faults := faults_of(cases):
        raise Refused(" ".join(faults[:10]))
    reason = storable_text(reason, "The reason", "reason").strip()
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    latest, digest = latest_snapshot(dataset), digest_of(cases)
    if latest and latest.digest == digest:
        raise Refused(f"These are exactly the cases of v{latest.number}. There is nothing to add.")
    snapshot = Snapshot.objects.create(
        dataset=dataset,
        number=(dataset.snapshots.aggregate(n=Max("number"))["n"] or 0) + 1,
        digest=digest,
        case_count=len(cases),
        created_by=actor.person,
        reason=reason,
    )
    Case.objects.bulk_create(
        [
            Case(snapshot=snapshot, position=position, **case.document())
            for position, case in enumerate(cases, 1)
        ],
        batch_size=_BATCH,
    )
    snapshot.sealed = True
    snapshot.save(update_fields=["sealed"])
    for suite in dataset.suites.select_related("prompt__project"):
        keep_standard(suite, snapshot)
    record(
        "dataset.snapshot",
        snapshot,
        actor=actor,
        project=dataset.project,
        reason=reason,
        after={"number": snapshot.number, "cases": len(cases), "digest": digest},
    )
    return snapshot


@transaction.atomic
def add_cases(dataset: Dataset, *, cases: Sequence[NewCase], actor: Actor, reason: str) -> Snapshot:
    """Freeze the latest cases of `dataset` and `cases` as its next snapshot.

    A case whose id is there already takes the old one's place. Raises as `add_snapshot` does.
    """
    require(actor, Action.EDIT_DATASETS, dataset.project)
    old = _frozen_under_lock(dataset)
    return add_snapshot(dataset, cases=joined(old, cases), actor=actor, reason=reason)


def joined(old: Sequence[NewCase], cases: Sequence[NewCase]) -> list[NewCase]:
    """Return the old cases and then the others; one with an old id takes the old one's place."""
    new = {case.case_id: case for case in cases}
    return [new.pop(case.case_id, case) for case in old] + list(new.values())


@transaction.atomic
def add_case(dataset: Dataset, *, case: NewCase, actor: Actor, reason: str) -> Snapshot:
    """Freeze the latest cases of `dataset` and `case` as its next snapshot.

    Raises NotPermitted, ContentError (case_id) when the id names a case already, or Refused
    when a limit is broken.
    """
    require(actor, Action.EDIT_DATASETS, dataset.project)
    old = _frozen_under_lock(dataset)
    if any(known.case_id == case.case_id for known in old):
        raise ContentError(
            "case_id", f"{dataset} has a case {case.case_id} already. Choose another id."
        )
    return add_snapshot(dataset, cases=[*old, case], actor=actor, reason=reason)


def _frozen_under_lock(dataset: Dataset) -> list[NewCase]:
    """Return the latest cases; locked first, so that two who add at once both keep theirs."""
    Dataset.objects.select_for_update().get(pk=dataset.pk)
    latest = latest_snapshot(dataset)
    return [new_case(row) for row in latest.cases.order_by("position")] if latest else []


def lock_datasets(datasets: Iterable[int]) -> None:
    """Let nobody make a snapshot of these until the transaction ends, by id.

    For whoever writes down what the latest one is; after the prompts are locked.
    """
    rows = Dataset.objects.select_for_update(no_key=True).filter(pk__in=set(datasets))
    list(rows.order_by("pk").values_list("pk"))


def latest_snapshot(dataset: Dataset) -> Snapshot | None:
    """Return the newest snapshot of `dataset`, or None before the first import."""
    return dataset.snapshots.filter(sealed=True).order_by("-number").first()


def new_case(row: Case) -> NewCase:
    """Return a frozen case as one that can be put into the next snapshot."""
    return NewCase(
        case_id=row.case_id,
        query=row.query,
        inputs=row.inputs,
        context=tuple(row.context),
        reference=row.reference,
        tags=tuple(row.tags),
        checks=tuple(row.checks),
        cluster=row.cluster,
        messages=tuple(row.messages or ()),
    )


@transaction.atomic
def keep_upload(dataset: Dataset, *, name: str, text: str, actor: Actor) -> Upload:
    """Keep a file that `actor` is importing, in place of their last one for this dataset.

    No audit event: nothing is decided yet. Raises NotPermitted, or ContentError (file).
    """
    require(actor, Action.EDIT_DATASETS, dataset.project)
    if actor.person is None:
        raise Refused("Sign in to import a file.")
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > UPLOAD_BYTES:
        raise ContentError("file", f"The file has {size / 2**20:.1f} MiB; the limit is 10 MiB.")
    upload, _ = Upload.objects.update_or_create(
        dataset=dataset,
        person=actor.person,
        defaults={"name": name[:200], "text": storable_text(text, "The file", "file")},
    )
    return upload


def discard_upload(dataset: Dataset, *, actor: Actor) -> None:
    """Forget the file that `actor` was importing."""
    Upload.objects.filter(dataset=dataset, person=actor.person).delete()
