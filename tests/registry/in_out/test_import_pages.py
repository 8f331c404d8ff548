"""Importing through the pages: give files, look, choose, import all of them or none."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.audit.models import Event
from registry.prompts.models import Alias, Prompt, PromptUpload, Version
from tests import stages
from tests.registry.in_out.conftest import SignIn
from tests.registry.web.reading import buttons, words
from tests.stages import World

pytestmark = pytest.mark.django_db
PAGE = "/projects/shop/import"
TABLE = "act,prompt\nLinux Terminal,Act as {system}.\nLinux terminal,Act again.\nTrip,Hi {name}.\n"


def give(client: Client, **files: str | bytes) -> Any:
    """Upload files, their names written with `_` for the dot, and follow to the report."""
    given = [
        SimpleUploadedFile(
            ".".join(name.rsplit("_", 1)), data.encode() if isinstance(data, str) else data
        )
        for name, data in files.items()
    ]
    return client.post(PAGE, {"do": "upload", "files": given}, follow=True)


def act(client: Client, do: str, rows: dict[str, Any], **fields: Any) -> Any:
    """Send the report's form back: {key: {"name": …, "take": …, "convert": […]}}."""
    data: dict[str, Any] = {"do": do, "row": list(rows), **fields}
    for key, row in rows.items():
        data[f"name-{key}"] = row.get("name", "")
        data[f"convert-{key}"] = row.get("convert", [])
        if row.get("take", True):
            data[f"take-{key}"] = "on"
    return client.post(PAGE, data, follow=True)


def test_a_table_becomes_prompts_that_also_answer_under_their_old_names(
    shop: World, as_: SignIn
) -> None:
    ana = as_("ana")
    report = words(give(ana, prompts_csv=TABLE))
    assert "3 of 3 prompts can be imported, each as version 1.0.0." in report
    assert "Also served as “Linux Terminal”" in report
    assert Prompt.objects.count() == 0
    rows: dict[str, Any] = {key: {} for key in "012"}
    done = words(act(ana, "import", rows, reason="Our old sheet."))
    assert "3 prompts imported, each as version 1.0.0." in done
    assert list(Prompt.objects.values_list("name", "title", "owner__username")) == [
        ("linux-terminal", "Linux Terminal", "ana"),
        ("linux-terminal-2", "Linux terminal", "ana"),
        ("trip", "Trip", "ana"),
    ]
    assert set(Alias.objects.values_list("name", flat=True)) == {
        "Linux Terminal", "Linux terminal", "Trip",
    }  # fmt: skip
    version = Version.objects.get(prompt__name="trip")
    assert (version.semver, version.change_reason, version.content) == (
        "1.0.0", "Our old sheet.", "Hi {name}.",
    )  # fmt: skip
    assert (version.author, version.release.state) == (shop.person("ana"), "draft")
    assert [c.person for c in version.contributors.all()] == [shop.person("ana")]
    assert not PromptUpload.objects.exists()


def test_every_prompt_and_version_has_its_audit_event_and_its_history(
    shop: World, as_: SignIn
) -> None:
    ana = as_("ana")
    give(ana, a_md="Hello.")
    act(ana, "import", {"0": {}}, reason="Because.")
    prompt = Prompt.objects.get()
    made, saved = Event.objects.filter(action__in=["prompt.created", "version.saved"]).order_by(
        "seq"
    )
    assert json.loads(made.after) == {"kind": "text", "name": "a"}
    assert json.loads(saved.after)["version"] == "1.0.0"
    assert saved.reason == "Because."
    assert prompt.history.get().history_user == shop.person("ana")


def test_braces_become_variables_where_the_person_says_so(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    give(ana, a_md="Act as ${Role:a cook} for {name}.", b_md="Hi {name}. {name}!")
    everywhere = words(act(ana, "convert:{name}", {"0": {}, "1": {}}))
    assert "converted in all" in everywhere
    chosen: dict[str, Any] = {"0": {"convert": ["{name}", "${Role:a cook}"]}, "1": {"convert": []}}
    act(ana, "import", chosen, reason="x")
    first, second = Version.objects.order_by("prompt__name")
    assert first.content == "Act as {{Role}} for {{name}}."
    assert first.variables == [
        {"name": "Role", "type": "string", "required": False, "default": "a cook",
         "description": "", "example": ""},
    ]  # fmt: skip
    assert second.content == "Hi {name}. {name}!"


def test_one_problem_keeps_everything_out_until_it_is_left_out(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    secret = "sk-proj-" + "aB3" * 12
    report = give(ana, a_md="Good.", b_md=f"one\nUse {secret}.", c_txt=b"caf\xe9", d_png=b"x")
    said = words(report)
    assert "Nothing can be imported yet: 2 of 3 prompts must be put right or left out." in said
    assert "Line 2 of the text looks like a secret (an OpenAI API key, sk-pro…)" in said
    assert "Line 1 is not UTF-8 text" in said
    assert "no prompt files: d.png" in said
    assert secret not in report.content.decode()
    refused = ana.post(PAGE, {"do": "import", "reason": "My reason"})
    assert refused.status_code == 409
    assert "2 of 3 prompts must be put right" in words(refused)
    assert "My reason" in refused.content.decode()
    assert Prompt.objects.count() == 0
    assert "1 of 3 prompts can be imported" in words(act(ana, "leave_out", {}))
    act(ana, "import", {}, reason="The rest.")
    assert list(Prompt.objects.values_list("name", flat=True)) == ["a"]


def test_what_exists_already_is_left_out_unless_it_gets_another_name(
    shop: World, as_: SignIn
) -> None:
    ana = as_("ana")
    stages.saved(shop, stages.prompt_named(shop, "a"), "Hello.")
    said = words(give(ana, a_md="Hello."))
    assert "a exists already, with the same text" in said
    assert "No prompt is chosen" in said
    taken = words(act(ana, "look", {"0": {"name": "a"}}))
    assert "a exists already in this project, now or from before" in taken
    wrong = words(act(ana, "look", {"0": {"name": "No Name"}}))
    assert "'No Name' cannot be used" in wrong
    act(ana, "import", {"0": {"name": "greeting"}}, reason="Again.")
    assert Prompt.objects.get(name="greeting").versions.count() == 1


def test_files_and_choices_wait_on_the_server_and_the_next_upload_replaces_them(
    shop: World, as_: SignIn
) -> None:
    ana = as_("ana")
    give(ana, a_md="Hello.")
    act(ana, "look", {"0": {"name": "greeting", "take": False}}, reason="Kept.")
    later = as_("ana").get(PAGE).content.decode()
    assert 'value="greeting"' in later
    assert 'value="Kept."' in later
    give(ana, b_md="Other.")
    assert 'value="b"' in ana.get(PAGE).content.decode()
    assert "Read them" in buttons(act(ana, "discard", {}))


def test_columns_are_guessed_and_can_be_chosen(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    report = give(ana, t_csv="Words,Topic\nSay hi.,Greeting\n")
    assert "which column holds the text" in words(report)
    again = act(ana, "look", {}, **{"column-0-0": "prompt", "column-0-1": "name"})
    assert 'value="greeting"' in again.content.decode()
    act(ana, "import", {"0": {}}, reason="x", **{"column-0-0": "prompt", "column-0-1": "name"})
    assert Version.objects.get().content == "Say hi."


def test_problems_stand_first_and_the_rest_is_one_page_away(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    rows = "".join(f"name {n},Text {n}\n" for n in range(60)) + "last,\n"
    first = give(ana, t_csv=f"name,prompt\n{rows}")
    assert words(first).index("t.csv, line 62") < words(first).index("t.csv, line 2")
    assert "1 to 50 of 61" in words(first)
    second = act(ana, "page:2", {"0": {"name": "renamed"}})
    assert "51 to 61 of 61" in words(second)
    assert 'value="renamed"' in ana.get(PAGE).content.decode()


def test_the_report_costs_the_same_queries_for_one_prompt_and_for_sixty(
    shop: World, as_: SignIn
) -> None:
    ana = as_("ana")
    counts = []
    for number in (1, 60):
        give(ana, t_csv="name,prompt\n" + "".join(f"n {n},T {n}\n" for n in range(number)))
        with CaptureQueriesContext(connection) as asked:
            ana.get(PAGE)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_two_imports_at_once_make_each_name_once(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    give(ana, a_md="Hello.", b_md="Bye.")
    stages.prompt_named(shop, "b")
    refused = act(ana, "import", {"0": {"name": "a"}, "1": {"name": "b"}}, reason="x")
    assert refused.status_code == 409
    assert "b exists already in this project" in words(refused)
    assert not Prompt.objects.filter(name="a").exists()


def test_an_admin_reads_what_to_do_instead_and_a_viewer_is_refused(
    shop: World, as_: SignIn
) -> None:
    page = as_("ada").get(PAGE)
    assert "you need the role author" in words(page)
    assert "adopt a history" in words(page)
    assert as_("ada").post(PAGE, {"do": "upload"}).status_code == 403
    assert as_("vic").get(PAGE).status_code == 403


def test_an_export_of_ours_and_an_empty_form_are_sent_on(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    stages.saved(shop, stages.prompt_named(shop))
    archive = b"".join(ana.get("/projects/shop/export.zip").streaming_content)  # type: ignore[attr-defined]
    assert "An admin takes it over" in words(give(ana, e_zip=archive))
    empty = ana.post(PAGE, {"do": "upload"})
    assert (empty.status_code, "Choose at least one file" in words(empty)) == (400, True)


def test_one_version_file_of_an_export_is_imported_as_a_new_prompt(
    shop: World, as_: SignIn
) -> None:
    from io import BytesIO
    from zipfile import ZipFile

    ana = as_("ana")
    old = stages.saved(shop, stages.prompt_named(shop))
    archive = b"".join(ana.get("/projects/shop/export.zip").streaming_content)  # type: ignore[attr-defined]
    with ZipFile(BytesIO(archive)) as opened:
        file = opened.read("prompts/support/system/1.0.0.md")
    assert "support/system exists already, with the same text" in words(give(ana, v_md=file))
    act(ana, "import", {"0": {"name": "copy"}}, reason="A copy.")
    assert Version.objects.get(prompt__name="copy").digest == old.digest


def test_five_hundred_files_at_once_are_the_most(shop: World, as_: SignIn) -> None:
    ana = as_("ana")
    assert "500 of 500 prompts" in words(give(ana, **{f"p{n}_md": f"Text {n}" for n in range(500)}))
    refused = give(ana, **{f"p{n}_md": f"Text {n}" for n in range(501)})
    assert refused.status_code == 413
    assert "more than 500 files at once" in words(refused)
