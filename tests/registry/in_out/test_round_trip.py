"""What is exported and adopted elsewhere is the same again, byte for byte."""

import re
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from registry.audit.actor import Actor
from registry.domain.content import Content, ContentError, digest
from registry.domain.semver import Bump
from registry.projects.models import Project
from registry.prompts.create import create_prompt
from registry.prompts.edit import archive_prompt
from registry.prompts.in_out.adopt import adopt
from registry.prompts.in_out.adopt_run import adopt_run, read_histories
from registry.prompts.in_out.export import write_export
from registry.prompts.in_out.files import ADOPTION_LIMITS, unpack
from registry.prompts.in_out.langfuse import ExportError
from registry.prompts.in_out.own_format import read_version, write_version
from registry.prompts.models import Alias, Prompt, Version
from registry.prompts.save import lowest_bump, save_version
from registry.release.models import Label
from tests import stages
from tests.domain.strategies import any_texts, contents
from tests.stages import World

BODIES = (
    st.sampled_from(
        [
            *("---", "---\na: b\n---\n", "===== user\nx", "===== ", "{{", "{{a}} ", " x\n\n"),
            *("\n\nx", "a\r\nb", "\ufeffx", "x\u2028y", "x\x85y\x0by", "# x", "x\t", "\\"),
            *("💡 {{ tone }}", "'\"'"),
        ]
    )
    | any_texts
)
CONFIGS = st.sampled_from(
    [
        {},
        {"temperature": 1.0, "top_p": 0.1, "n": 1, "stop": None},
        {"model": "yes", "a b": ["1", 1, 1e-07, True, None, {}, []], "x": "a\r\nb", "": ""},
        {"é": "\u2029", "1": "1.0", "null": "~", "k": "---\n", "long": "word " * 60},
    ]
)
VARIABLES = st.sampled_from(
    [[], [{"name": "a"}, {"name": "b", "type": "number", "default": 1.5, "description": "x\ny"}]]
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "placeholder"]), "content": BODIES})
    | st.just({"type": "placeholder", "name": "history"}),
    min_size=1,
    max_size=4,
)


@st.composite
def odd_contents(draw: st.DrawFn) -> Content:
    """Draw a content that a careless format would spoil."""
    body: object = draw(BODIES | MESSAGES)
    kind = "text" if isinstance(body, str) else "chat"
    schema = draw(st.sampled_from([None, {"type": "object", "required": ["a"], "n": 2.5}]))
    try:
        return Content.from_fields(kind, body, draw(CONFIGS), schema, draw(VARIABLES))
    except ContentError:  # an empty text
        assume(False)
        raise


@given(odd_contents() | contents())
def test_every_version_is_written_and_read_back_exactly(content: Content) -> None:
    fields, body = read_version(write_version({"revision": 7, "reason": "a: b\n"}, content))
    again = Content.from_fields(
        content.kind, body, fields["config"], fields["output_schema"], fields["variables"]
    )
    assert again == content
    assert digest(again) == digest(content)
    assert (fields["revision"], fields["reason"]) == (7, "a: b\n")


def test_a_file_that_passed_through_a_windows_editor_is_still_the_same_version() -> None:
    content = Content.from_fields("chat", [{"role": "user", "content": "a\n\nb\n"}], {"n": 1})
    windows = write_version({}, content).replace("\n", "\r\n")
    assert Content.from_fields("chat", read_version(windows)[1], {"n": 1}) == content


def exported_zip(project: Project, *, actor: Actor, prompts: list[Prompt] | None = None) -> bytes:
    """Return the zip that the export writes."""
    file = BytesIO()
    write_export(file, project, prompts=prompts, actor=actor)
    return file.getvalue()


def adopted(world: World, data: bytes) -> list[Prompt]:
    """Adopt an export of ours into the project of `world`."""
    histories = read_histories(unpack([("export.zip", data)], ADOPTION_LIMITS))
    rows = adopt_run(world.project, histories, {})
    assert [problem for row in rows for problem in row.problems] == []
    return adopt(world.project, rows=rows, reason="Moved here.", actor=world.actor("ada"))


@pytest.mark.django_db
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(found=st.lists(odd_contents(), min_size=1, max_size=4), data=st.data())
def test_a_project_that_is_exported_and_adopted_is_exported_the_same_again(
    found: list[Content], data: st.DataObject
) -> None:
    number = Prompt.objects.count()
    here, there = stages.world(f"here-{number}"), stages.world(f"there-{number}")
    ana = here.actor("ana")
    kind = found[0].kind
    prompt = create_prompt(
        here.project, name="support/system", kind=kind, actor=ana,
        title="A: “b”", description="- x\n\n  y ", tags=["no", "1.0"],
    )  # fmt: skip
    Alias.objects.create(project=here.project, prompt=prompt, name="Old Name é")
    base: Version | None = None
    for content in found:
        if content.kind != kind or (base and base.digest == digest(content)):
            continue
        floor = lowest_bump(base, content)
        reason = data.draw(st.sampled_from(["Why not.", "a: b", "---", "- x\n---\ny "]))
        bump = floor.bump if floor else Bump.MAJOR
        base = save_version(prompt, content=content, bump=bump, base=base, reason=reason, actor=ana)
    create_prompt(here.project, name="empty", kind="chat", actor=ana)
    exported = exported_zip(here.project, actor=ana)
    adopted(there, exported)
    assert exported_zip(there.project, actor=there.actor("vic")) == exported


@pytest.mark.django_db
def test_labels_bases_archive_and_a_second_adoption_come_through() -> None:
    here, there, third = stages.world("here"), stages.world("there"), stages.world("third")
    prompt = stages.prompt_named(here)
    first = stages.in_production(here, prompt)
    stages.saved(here, prompt, stages.MAJOR_TEXT, base=first)
    stages.saved(here, prompt, stages.PATCH_TEXT, base=first)  # a second branch from the first
    archive_prompt(stages.prompt_named(here, "old"), actor=here.actor("ada"), reason="Unused.")
    exported = exported_zip(here.project, actor=here.actor("ana"))
    adopted(there, exported)
    second = exported_zip(there.project, actor=there.actor("ada"))
    assert second == exported
    adopted(third, second)
    assert exported_zip(third.project, actor=third.actor("ada")) == exported

    taken = Version.objects.get(prompt__project=there.project, revision=3)
    assert (taken.semver, taken.base.revision if taken.base else 0) == ("1.0.1", 1)
    assert taken.origin is not None
    assert taken.origin["author"] == "ana"
    assert taken.author == there.person("ada")
    label = Label.objects.get(prompt__project=there.project, name="production")
    assert label.version.semver == "1.0.0"


@pytest.mark.django_db
def test_the_archive_names_every_file_as_people_look_for_it() -> None:
    shop = stages.world()
    stages.saved(shop, stages.prompt_named(shop))
    with ZipFile(BytesIO(exported_zip(shop.project, actor=shop.actor("vic")))) as archive:
        assert archive.namelist() == [
            "README.md",
            "prompts/support/system/prompt.yaml",
            "prompts/support/system/1.0.0.md",
        ]
        version = archive.read("prompts/support/system/1.0.0.md").decode()
    assert version.endswith(f"---\n{stages.FIRST_TEXT}\n")
    assert "\nreason: Because the tests need it.\nauthor: ana\n" in version


@pytest.mark.django_db
def test_some_prompts_are_exported_alone_and_more_versions_cost_no_more_queries() -> None:
    shop = stages.world()
    one, other = stages.prompt_named(shop, "one"), stages.prompt_named(shop, "other")
    base = stages.saved(shop, one, "Version 1 says x.")
    actor = shop.actor("vic")
    with CaptureQueriesContext(
        connection,
    ) as few:
        exported_zip(shop.project, prompts=[one], actor=actor)
    for number in range(2, 8):
        base = stages.saved(shop, one, f"Version {number} says x.", base=base)
    with CaptureQueriesContext(connection) as many:
        data = exported_zip(shop.project, prompts=[one], actor=actor)
    assert len(few) == len(many)
    names = ZipFile(BytesIO(data)).namelist()
    assert len(names) == 9
    assert not any(other.name in name for name in names)


@pytest.mark.django_db
def test_a_text_that_was_changed_in_the_files_is_no_longer_that_version() -> None:
    here = stages.world()
    stages.saved(here, stages.prompt_named(here))
    files = unpack(
        [("e.zip", exported_zip(here.project, actor=here.actor("ana")))], ADOPTION_LIMITS
    )
    changed = [
        type(file)(file.name, file.text.replace("support agent", "sales agent")) for file in files
    ]
    (history,) = read_histories(changed)
    assert "changed after the export" in history.problems[0]
    assert read_histories(files)[0].problems == ()


@pytest.mark.django_db
@pytest.mark.parametrize("spoiled", ["name", "aliases", "reason"])
def test_what_no_database_keeps_is_refused_wherever_the_files_hold_it(spoiled: str) -> None:
    here = stages.world()
    stages.saved(here, stages.prompt_named(here))
    files = unpack(
        [("e.zip", exported_zip(here.project, actor=here.actor("ana")))], ADOPTION_LIMITS
    )
    value = '["a\\0b"]' if spoiled == "aliases" else '"a\\0b"'
    broken = [
        replace(f, text=re.sub(rf"(?m)^{spoiled}: .*$", lambda _: f"{spoiled}: {value}", f.text))
        for f in files
    ]
    assert broken != files
    try:
        said = str(adopt_run(here.project, read_histories(broken), {})[0].problems)
    except ExportError as error:
        said = str(error)
    assert "NUL" in said
