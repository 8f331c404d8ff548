"""Save and start checks in one click; the version's page says what comes next."""

from evaluation.offline.submit import submit
from registry.domain.lifecycle import Clearance
from registry.prompts.models import Prompt, Version
from registry.release.models import Release
from tests import stages
from tests.registry.editor.conftest import SignIn
from tests.registry.web.reading import buttons, words
from tests.stages import World

SUBMIT = {"then": "submit"}


def test_a_corrected_typo_is_three_clicks_from_staging(
    shop: World, served: Version, edit_as: SignIn
) -> None:
    """Edit in the list, Save and start checks, Start the rollout."""
    person = shop.person("ana")
    stages.Membership.objects.create(project=shop.project, person=person, role="releaser")
    ana = edit_as("ana")
    assert f'href="{ana.address}"' in ana.client.get("/registry/prompt/").content.decode()
    page = ana.open()
    assert "Save 1.0.1 Save 1.0.1 and start checks" in words(page)
    assert page.content.decode().count("button primary") - 1 == 1  # and the one of the dialog
    answer = ana.save(text=stages.PATCH_TEXT, bump="PATCH", **SUBMIT)
    version = Version.objects.latest("pk")
    assert Release.objects.get(version=version).state == Clearance.CLEARED
    shown = ana.client.get(answer["Location"])
    assert "Saved 1.0.1. 1.0.1 is submitted as PATCH: it is cleared." in words(shown)
    assert "Start the rollout" in buttons(shown)
    ana.client.post(f"{answer['Location']}/start")
    assert "staging" in {label.name for label in version.labels.all()}


def test_plain_saving_starts_nothing(served: Version, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    ana.open()
    ana.save(text=stages.PATCH_TEXT, bump="PATCH")
    assert Release.objects.latest("pk").state == Clearance.DRAFT


def test_checks_that_cannot_start_say_why_and_the_version_is_saved(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    """The same text failed before: a new number does not change that."""
    text = stages.MINOR_TEXT + " \u200bUnseen."
    submit(stages.saved(shop, prompt, text, base=served), actor=shop.actor("ana"), reason="Try.")
    ana = edit_as("ana")
    ana.open()
    answer = ana.save(text=text, bump="MINOR", **SUBMIT)
    assert answer["Location"].endswith("/versions/1.2.0")
    said = words(ana.client.get(answer["Location"]))
    assert "Saved 1.2.0." in said
    assert "Its checks were not started. This text failed as 1.1.0" in said
    assert Release.objects.latest("pk").state == Clearance.DRAFT


def test_an_error_in_the_form_starts_no_checks(served: Version, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    ana.open()
    assert ana.save(text="Hello {{", **SUBMIT).status_code == 422
    assert Version.objects.count() == 1
