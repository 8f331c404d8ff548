"""Who works alone has nobody else to ask about a bar that they lowered."""

import pytest

from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import Run
from registry.projects.models import Project
from tests import stages
from tests.evaluation.offline.conftest import Bench, finish, golden
from tests.evaluation.offline.test_insider import in_production_by_its_own_verdict

pytestmark = pytest.mark.django_db


def test_a_case_taken_out_in_a_project_of_one_leaves_a_pass_a_pass(bench: Bench) -> None:
    in_production_by_its_own_verdict(bench)
    ana = bench.shop.actor("ana")
    add_snapshot(bench.dataset, cases=golden(25)[1:], actor=ana, reason="q01 is odd.")
    Project.objects.filter(pk=bench.shop.project.pk).update(preset=Project.Preset.SOLO)
    run = finish(bench.queued(stages.MINOR_TEXT + " Also thank them."))
    assert run.state == Run.State.PASSED
