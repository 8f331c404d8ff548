"""What the page says while somebody types: size, reasons, road, what is missing, preview."""

from typing import Any

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.suites import set_suite
from registry.prompts.models import Draft, Prompt, Version
from tests import stages
from tests.registry.editor.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World


def panel(answer: dict[str, Any], part: str = "meaning") -> str:
    """Return the words of a fragment."""

    class Page:
        content = answer[part].encode()

    return words(Page)


def with_cases(shop: World, prompt: Prompt) -> None:
    """Connect two golden cases, one of them held out."""
    ana = shop.actor("ana")
    dataset = create_dataset(shop.project, name="golden", actor=ana)
    cases = [
        NewCase("angry-refund", query="Money back!", inputs={"company": "<b>Northwind</b>"}),
        NewCase("secret-case", inputs={"company": "Hidden Ltd"}, tags=("holdout",)),
    ]
    add_snapshot(dataset, cases=cases, actor=ana, reason="For the tests.")
    set_suite(
        prompt, dataset=dataset, checks=[], connection="simulated", actor=ana, reason="For tests."
    )


def test_it_names_what_changed_the_smallest_honest_bump_and_the_road(
    served: Version, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    ana.open()
    answer = ana.ask(text=stages.MAJOR_TEXT, bump="PATCH")
    said = panel(answer)
    assert "new variable plan" in said
    assert "At least MAJOR because: The variable {{plan}} was added." in said
    assert "24 h on staging, 5 % for 48 h" in said
    assert "Approval by one person who did not write it." in said
    assert answer["floor"] == "MAJOR"
    assert answer["numbers"] == {"PATCH": "1.0.1", "MINOR": "1.1.0", "MAJOR": "2.0.0"}
    assert not Draft.objects.exists()


def test_a_variable_that_the_golden_cases_lack_is_named_before_it_fails(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    with_cases(shop, prompt)
    ana = edit_as("ana")
    ana.open()
    said = panel(ana.ask(text="Hello {{company}}, a {{tier}} customer."))
    assert "The golden cases give no value for {{tier}}: import cases that do" in said
    assert "no value for" not in panel(ana.ask(text="Hello {{company}}, dear customer."))


def test_the_road_follows_a_raised_bump(served: Version, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    ana.open()
    typo = stages.PATCH_TEXT
    assert "Then it goes to everyone at once." in panel(ana.ask(text=typo, bump="PATCH"))
    raised = panel(ana.ask(text=typo, bump="MAJOR"))
    assert "At least PATCH" in raised
    assert "Approval by one person" in raised


def test_an_unchanged_text_says_so(served: Version, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    ana.open()
    assert panel(ana.ask()).startswith("Nothing has changed since 1.0.0.")


def test_what_is_missing_on_the_road_is_named_with_the_way_out(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    ana.open()
    assert "No golden cases yet" in panel(ana.ask(text=stages.MAJOR_TEXT))
    assert "Nobody may approve" not in panel(ana.ask(text=stages.MAJOR_TEXT))

    with_cases(shop, prompt)
    stages.Membership.objects.filter(role__in=["reviewer", "releaser"]).delete()
    said = panel(ana.ask(text=stages.MAJOR_TEXT))
    assert "2 of 20 golden cases. Otherwise the evaluation must be waived" in said
    assert "The connection is simulated, which counts only in a sandbox" in said
    assert "Nobody may approve" in said
    assert "Nobody may start the rollout" in said


def test_problems_are_named_with_their_line_and_their_cure(
    served: Version, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    ana.open()
    said = panel(ana.ask(text="Hello.\nDear {{name, be\u200b kind."))
    assert "Fix before you save Line 2, column 6: “{{” is never closed. Write {{name}}" in said
    assert "Line 2, column 16: A character nobody can see: zero width space" in said


def test_the_preview_is_filled_from_a_case_and_escapes_it(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    with_cases(shop, prompt)
    ana = edit_as("ana")
    assert ana.open().context["cases"] == ["angry-refund"]
    text = "I work for {{company}} and {{boss}}."
    empty = ana.ask(text=text)
    assert 'title="No value yet">{{company}}' in empty["preview"]
    filled = ana.ask(text=text, case="angry-refund", **{"value:boss": "Eve <script>"})
    assert "&lt;b&gt;Northwind&lt;/b&gt;" in filled["preview"]
    assert "Eve &lt;script&gt;" in filled["preview"]
    assert "<script>" not in filled["preview"]
    assert "Money back!" in filled["preview"]


def test_a_holdout_case_never_shows(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    with_cases(shop, prompt)
    ana = edit_as("ana")
    ana.open()
    assert "Hidden Ltd" not in ana.ask(case="secret-case")["preview"]
    assert "Northwind" in ana.ask(case="angry-refund")["preview"]


def test_tokens_are_marked_as_an_estimate(served: Version, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    ana.open()
    # 80 characters in the base, 84 now: 20 and 21 tokens by four characters each.
    assert len(stages.FIRST_TEXT) == 80
    counts = ana.ask(text=stages.FIRST_TEXT + " Yes")["counts"]
    assert counts == "84 characters, about 21 tokens (estimate), +1 against the base"
