"""The audit trail: whole after honest work, and every tampering is named."""

import pytest
from django.db import connection, transaction

from promptcms import guards
from registry.audit.models import ChainHead, Event
from registry.audit.record import record
from registry.audit.verify import verify
from tests import stages

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> str:
    """The chain of a project in which a prompt went to production."""
    world = stages.world()
    stages.in_production(world, stages.prompt_named(world))
    return f"project:{world.project.pk}"


@pytest.fixture
def unguarded(chain: str):
    """What the owner of the database could do: no guards."""
    guards.drop_all(connection)
    yield
    guards.create_all(connection)


def test_honest_work_leaves_a_chain_that_holds(chain: str) -> None:
    assert Event.objects.filter(chain=chain).count() > 5
    assert list(verify()) == []


@pytest.mark.parametrize(
    ("sql", "seq", "words"),
    [
        ("UPDATE registry_event SET reason = 'Ana did it' WHERE seq = 3", 3, "was changed"),
        ("UPDATE registry_event SET actor_name = 'ana' WHERE seq = 1", 1, "was changed"),
        ("DELETE FROM registry_event WHERE seq = 3", 3, "is missing"),
        ("DELETE FROM registry_event WHERE seq > 3", 4, "is missing"),
        ("UPDATE registry_event SET previous_hash = 'x' WHERE seq = 2", 2, "does not follow"),
        ("DELETE FROM registry_chainhead", None, "head of the chain is missing"),
    ],
)
def test_tampering_is_named(chain: str, unguarded: None, sql: str, seq: int, words: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
    (broken,) = verify()
    assert broken.chain == chain
    assert words in str(broken)
    assert seq in (None, broken.seq)


def test_a_misspelt_action_and_a_row_outside_a_transaction_are_errors(chain: str) -> None:
    world = stages.world("other")
    with pytest.raises(ValueError, match="Unknown action"):
        record("label.mvoed", world.project, actor=world.actor("ada"), project=world.project)
    assert ChainHead.objects.filter(chain=f"project:{world.project.pk}").exists()


@pytest.mark.django_db(transaction=True)
def test_no_event_is_written_outside_the_transaction_of_its_change() -> None:
    world = stages.world()
    count = Event.objects.count()
    words = {"actor": world.actor("ada"), "project": world.project}
    with pytest.raises(RuntimeError, match="transaction"):
        record("project.created", world.project, **words)
    with transaction.atomic():
        record("project.created", world.project, **words)
    assert Event.objects.count() == count + 1
