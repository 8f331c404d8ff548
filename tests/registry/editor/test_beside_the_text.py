"""What the editor says beside the text: other rollouts, an answered review, a new prompt."""

from registry.prompts.models import Prompt, Version
from registry.release.comments import comment_on, resolve
from registry.release.review import request_changes
from tests import stages
from tests.registry.editor.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World


def test_an_edit_from_production_hears_of_the_version_that_is_being_rolled_out(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    assert "rolling out" not in words(edit_as("ana").open())
    rollout = stages.in_canary(shop, prompt)
    said = words(edit_as("ana").open())
    assert "1.1.0 is at 5 % of traffic now; your edit starts from 1.0.0." in said
    from_it = words(edit_as("ana").open(f"?base={rollout.version.semver}"))
    assert "your edit starts from" not in from_it


def test_an_answer_to_a_review_lists_its_open_comments_and_where_they_point(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    version = stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=served)
    )
    rui = shop.actor("rui")
    comment_on(
        version, text="Say <b>which</b> plan.", actor=rui, anchor="lines:1:1-1", blocking=True
    )
    done = comment_on(version, text="This one is done.", actor=rui)
    resolve(done, actor=rui)
    version.release.refresh_from_db()
    request_changes(
        version,
        seen_digest=version.digest,
        seen_verdict=version.release.verdict_id,
        actor=rui,
        comment="See my comments.",
    )
    page = edit_as("ana").open(f"?base={version.semver}")
    said = words(page)
    assert f"answers the review of {version.semver}" in said
    assert "blocking on line 1" in said
    assert "Say <b>which</b> plan." in said
    assert "This one is done." not in said
    assert "&lt;b&gt;which" in page.content.decode()
    assert "answers the review" not in words(edit_as("ana").open())


def test_a_new_prompt_is_invited_to_begin_and_not_called_wrong(
    prompt: Prompt, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    said = words(ana.open())
    assert "Write what the model should do. This panel then says" in said
    assert "cannot be saved" not in said
    assert "cannot be saved" not in ana.ask(text="")["meaning"]
    assert "At least" not in ana.ask(text="Hello.")["meaning"]
    assert "1.0.0" in ana.ask(text="Hello.")["meaning"]
    assert "The prompt is empty" in ana.save(text="").context["errors"]["content"]
