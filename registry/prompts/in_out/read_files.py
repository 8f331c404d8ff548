"""Find the prompts in files: one in a text, several in a table or a list."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from registry.prompts.in_out import own_format, read_csv
from registry.prompts.in_out.candidates import (
    Candidate,
    broken,
    from_object,
    is_messages,
    with_fields,
)
from registry.prompts.in_out.files import TextFile
from registry.prompts.in_out.json_text import JsonError, read_json
from registry.prompts.in_out.yaml_text import YamlError, read_yaml

PROMPTS = 500
FENCE = "---"
LANGFUSE = (
    "This is an export of Langfuse. An admin takes it over with its whole history on the page "
    "“Adopt a history”."
)
Columns = Mapping[str, Mapping[str, str]]


def read_candidates(files: Sequence[TextFile], columns: Columns) -> list[Candidate]:
    """Return the prompts in `files`, in their order.

    `columns` says for a CSV file, by its name, what each column is; where it does not, that
    is guessed. At most 500 prompts are returned; one that is broken then says so.
    """
    found: list[Candidate] = []
    for file in files:
        if file.ignored:
            continue
        for candidate in _in_file(file, columns.get(file.name, {})):
            if len(found) == PROMPTS:
                problem = f"There are more than {PROMPTS} prompts. Give them in several parts."
                return [*found, broken(file.name, "", problem)]
            found.append(candidate)
    return found


def _in_file(file: TextFile, columns: Mapping[str, str]) -> Iterator[Candidate]:
    name = str(PurePosixPath(file.name).with_suffix(""))
    if file.fault:
        yield broken(file.name, name, file.fault)
    elif file.ending == "csv":
        yield from read_csv.read(file.name, file.text, columns)
    elif file.ending in ("json", "yaml", "yml"):
        yield from _in_value(file, name)
    else:
        yield _in_text(file, name)


def _in_value(file: TextFile, name: str) -> Iterator[Candidate]:
    """Yield what a JSON or YAML file holds: one prompt, or a list of them."""
    try:
        value = read_json(file.text) if file.ending == "json" else read_yaml(file.text)
    except (JsonError, YamlError) as error:
        yield broken(file.name, name, str(error))
        return
    if is_langfuse(value):
        yield broken(file.name, name, LANGFUSE)
    elif not isinstance(value, list) or is_messages(value):
        yield from_object(Candidate(file.name, name), value)
    elif not value:
        yield broken(file.name, name, "The list is empty.")
    else:
        for number, item in enumerate(value, 1):
            place = f"{file.name}, item {number}"
            yield from_object(Candidate(place, f"{name} {number}", made_up=True), item)


def is_langfuse(value: Any) -> bool:
    """Is it what Langfuse's API answers: versions with integer numbers, in a list or on a page?"""
    rows = value.get("data") if isinstance(value, dict) and "data" in value else value
    first = rows[0] if isinstance(rows, list) and rows else rows
    if isinstance(first, dict) and "data" in first:
        return is_langfuse(first)
    return (
        isinstance(first, dict)
        and isinstance(first.get("name"), str)
        and (isinstance(first.get("version"), int) or isinstance(first.get("versions"), list))
        and "revision" not in first
    )


def _in_text(file: TextFile, name: str) -> Candidate:
    """Return the prompt of a text file; Markdown may begin with front matter."""
    text = file.text.replace("\r\n", "\n").replace("\r", "\n")
    plain = Candidate(place=file.name, name=name, body=text.strip("\n"))
    if file.ending != "md":
        return plain
    if own_format.is_version(text):
        return _own(file, text)
    head, body = split_head(text)
    if head is None:
        return plain
    try:
        fields = read_yaml(head, first_line=2)
    except YamlError as error:
        return broken(
            file.name,
            name,
            f"{error} If the text is meant to begin with ---, put an empty line before it.",
        )
    if not isinstance(fields, dict):
        return plain
    return with_fields(Candidate(place=file.name, name=name, body=body.strip("\n")), fields)


def _own(file: TextFile, text: str) -> Candidate:
    """Return the prompt of one version file of our own export."""
    try:
        fields, body = own_format.read_version(text)
    except own_format.FormatError as error:
        return broken(file.name, file.name, str(error))
    wanted = {key: fields.get(key) for key in ("config", "output_schema", "variables")}
    candidate = Candidate(place=file.name, name=str(fields.get("prompt") or file.name), body=body)
    return with_fields(candidate, wanted)


def split_head(text: str) -> tuple[str | None, str]:
    """Return the front matter between two lines of `---`, None without one, and the rest."""
    if not text.startswith(f"{FENCE}\n"):
        return None, text
    head, fence, body = text[len(FENCE) + 1 :].partition(f"\n{FENCE}\n")
    if not fence:
        if not text.endswith(f"\n{FENCE}"):
            return None, text
        head, body = text[len(FENCE) + 1 : -len(FENCE)], ""
    return head, body
