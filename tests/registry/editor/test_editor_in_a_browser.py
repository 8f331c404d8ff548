"""The editor as a person uses it: typing, keys, colours, autosave, light and dark."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from registry.domain.content import Content
from registry.domain.semver import Bump
from registry.domain.template import parse
from registry.prompts.models import Draft, Prompt, Version
from registry.prompts.save import save_version
from tests import stages
from tests.registry.editor.browsers import EDIT, SAVE, signed_in, write
from tests.stages import World

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHAT = "/projects/shop/prompts/support/chat"


@pytest.fixture
def shop(transactional_db: None) -> World:
    world = stages.world()
    stages.in_production(world, stages.prompt_named(world))
    return world


@pytest.fixture
def ana(shop: World, chromium: Browser, live_server: Any) -> Iterator[Page]:
    with signed_in(chromium, live_server.url, "ana") as page:
        yield page


def serious(page: Page) -> list[str]:
    """Return the serious and critical faults that axe finds."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['target']}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def test_typing_shows_the_meaning_saves_the_draft_and_survives_a_closed_tab(ana: Page) -> None:
    ana.goto(EDIT)
    write(ana, " Your plan is {{plan}}.")
    expect(ana.locator("[data-meaning]")).to_contain_text("At least MAJOR")
    expect(ana.get_by_role("button", name="Save 2.0.0", exact=True)).to_be_visible()
    expect(ana.locator("#bump option[value=MINOR]")).to_be_disabled()
    expect(ana.locator("[data-draft-status]")).to_contain_text("draft saved", timeout=6000)
    assert "plan" in Draft.objects.get().content

    again = ana.context.new_page()
    ana.close()
    again.goto(EDIT)
    expect(again.locator(".ace_content")).to_contain_text("Your plan is {{plan}}.")


def test_control_s_saves_the_draft_at_once_and_enter_in_a_field_saves_nothing(ana: Page) -> None:
    ana.goto(EDIT)
    write(ana, " Now.")
    ana.keyboard.press("Control+s")
    expect(ana.locator("[data-draft-status]")).to_contain_text("draft saved", timeout=1500)
    ana.locator("summary", has_text="Model").click()
    ana.fill("#config_temperature", "0.5")
    ana.press("#config_temperature", "Enter")
    expect(ana.locator("[data-meaning]")).to_contain_text("temperature set to 0.5")
    assert Version.objects.count() == 1


def test_escape_leaves_the_text_and_tab_goes_on(ana: Page) -> None:
    ana.goto(EDIT)
    write(ana, "\t")
    assert ana.input_value("#text").endswith("\t")
    ana.keyboard.press("Escape")
    ana.keyboard.press("Tab")
    assert ana.evaluate("document.activeElement.closest('.ace_editor')") is None


def test_saving_right_after_typing_shows_the_number_first(ana: Page) -> None:
    ana.goto(EDIT)
    expect(ana.get_by_role("button", name="Save 1.0.1", exact=True)).to_be_visible()
    ana.fill("#reason", "The plan matters.")
    write(ana, " Your plan is {{plan}}.")
    ana.click(SAVE)
    expect(ana.locator("[data-draft-status]")).to_contain_text("MAJOR by now. Press Save again.")
    assert Version.objects.count() == 1
    ana.get_by_role("button", name="Save 2.0.0", exact=True).dblclick()
    ana.wait_for_url("**/versions/2.0.0")
    assert Version.objects.count() == 2


def test_an_error_comes_back_with_the_text_and_takes_one_to_the_field(ana: Page) -> None:
    ana.goto(EDIT)
    write(ana, " Be brief.")
    expect(ana.locator("[data-meaning]")).to_contain_text("2 words added")
    ana.click(SAVE)
    ana.get_by_role("link", name="Say in one sentence why you make this change.").click()
    assert ana.evaluate("document.activeElement.id") == "reason"
    assert ana.input_value("#text").endswith("Be brief.")


def test_messages_are_added_moved_and_taken_back_by_keyboard(ana: Page, shop: World) -> None:
    stages.prompt_named(shop, "support/chat", kind="chat")
    ana.goto(f"{CHAT}/edit")
    write(ana, "You are kind.")
    ana.get_by_role("button", name="Add message").press("Enter")
    assert ana.evaluate("document.activeElement.name") == "role"
    ana.keyboard.press("u")
    ana.get_by_role("button", name="Move message 2 up").press("Enter")
    ana.get_by_role("button", name="Add message").press("Enter")
    ana.locator("[name=role]").nth(2).select_option("placeholder")
    ana.get_by_role("button", name="Remove message 3").press("Enter")
    ana.locator("[data-undo] button").first.press("Enter")
    ana.locator("[name=message]").nth(2).evaluate(
        "box => box.nextElementSibling.aceEditor.setValue('history')"
    )
    ana.fill("#reason", "The first one.")
    expect(ana.locator("[data-meaning]")).to_contain_text("first version will be 1.0.0")
    ana.click(SAVE)
    ana.wait_for_url("**/versions/1.0.0")
    assert Version.objects.get(prompt__name="support/chat").content == [
        {"role": "user", "content": ""},
        {"role": "system", "content": "You are kind."},
        {"type": "placeholder", "name": "history"},
    ]


def test_the_colours_agree_with_the_parser(ana: Page) -> None:
    """Ace and `registry.domain.template` find the same variables and the same broken braces."""
    texts = [
        "a {{b}} c {{ d_1 }}{{e}}",
        "{{{f}}} and {{g}}",
        "{{ h",
        "{{}} {{1x}} {{a.b}} {{#if x}}",
        '{"a": {"b": 1}} {x} }} { {',
        "{{" + "n" * 65 + "}} {{ok}}",
        "{{a {{b}}",
    ]
    ana.goto(EDIT)
    ana.wait_for_selector(".ace_content")
    for text in texts:
        tokens = ana.evaluate(
            """text => {
                const { Mode } = ace.require("ace/mode/prompt");
                return new Mode().getTokenizer().getLineTokens(text, "start").tokens;
            }""",
            text,
        )
        found = parse(text)
        # Ace joins neighbours of one colour into one token.
        coloured = "".join(t["value"] for t in tokens if t["type"] == "prompt_variable")
        assert coloured == "".join(text[s.start : s.end] for s in found.spans if s.name), text
        broken = [t for t in tokens if t["type"] == "prompt_broken"]
        assert len(broken) == len(found.errors), text


def test_where_the_editor_does_not_load_the_plain_field_does_all(ana: Page) -> None:
    ana.route("**/mode-prompt.js", lambda route: route.fulfill(body=""))
    ana.route("**/ace/ace.js", lambda route: route.fulfill(body=""))
    ana.goto(EDIT)
    ana.fill("textarea[name=text]", stages.MINOR_TEXT)
    expect(ana.locator("[data-meaning]")).to_contain_text("At least MINOR")
    ana.locator("[data-insert]").select_option("company")
    assert ana.input_value("#text") == stages.MINOR_TEXT + "{{company}}"
    ana.fill("#text", stages.MINOR_TEXT)
    ana.fill("#reason", "By the plain field.")
    expect(ana.get_by_role("button", name="Save 1.1.0", exact=True)).to_be_visible()
    ana.click(SAVE)
    ana.wait_for_url("**/versions/1.1.0")
    assert Version.objects.latest("pk").content == stages.MINOR_TEXT


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_editor_and_comparison_have_no_serious_accessibility_fault(
    ana: Page, shop: World, scheme: Any
) -> None:
    chat = _two_versions_of_a_chat(shop)
    ana.emulate_media(color_scheme=scheme)
    for address in (EDIT, f"{CHAT}/edit", f"{CHAT}/compare/", f"{CHAT}/compare/?view=side"):
        ana.goto(address)
        if address.endswith("edit"):
            expect(ana.locator("[data-counts]")).to_contain_text("tokens")
            for fold in ana.locator("details.part").all():
                fold.evaluate("fold => fold.open = true")
            ana.wait_for_selector(".ace_content")
        assert serious(ana) == [], address
    assert chat.versions.count() == 2


def _two_versions_of_a_chat(shop: World) -> Prompt:
    prompt = stages.prompt_named(shop, "support/chat", kind="chat")
    base = None
    for rule in ("Be kind.", "Be {{mood}} and \u200bfair. <script>alert(1)</script>"):
        messages = [{"role": "system", "content": rule}, {"type": "placeholder", "name": "history"}]
        variables = [{"name": "mood", "description": "How to be"}]
        base = save_version(
            prompt,
            content=Content.from_fields("chat", messages, {"temperature": 0}, None, variables),
            bump=Bump.MAJOR,
            base=base,
            reason="For the tests.",
            actor=shop.actor("ana"),
        )
    return prompt
