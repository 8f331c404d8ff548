"""Python types of the prompts' variables, so that a type checker finds a missing value."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from promptcms_client.document import Document
from promptcms_client.snapshot import Snapshot

_TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
_HEAD = '''"""Variables of the prompts at the label {label}, written by `promptcms-client types`."""

import sys
from typing import Any, List, Mapping, TypedDict, Union

if sys.version_info >= (3, 11):
    from typing import NotRequired
else:
    from typing_extensions import NotRequired

Value = Union[str, int, float, bool]
Messages = List[Mapping[str, Any]]
'''
_RESERVED = {"Value", "Messages", "Any", "List", "Mapping", "TypedDict", "Union", "NotRequired"}


def types_of(snapshot: Snapshot) -> str:
    """Return a module with one TypedDict per prompt, and one for the placeholders of a chat.

    While a rollout runs, the variables of its treatment are in it too, as not required.
    """
    taken = set(_RESERVED)
    pieces = [_HEAD.format(label=snapshot.label)]
    for name, document in sorted(snapshot.documents.items()):
        own = _class_name(name, taken)
        pieces.append(_typed_dict(own, name, _variables(document)))
        placeholders = _placeholders(document)
        if placeholders:
            fields = dict.fromkeys(placeholders, "NotRequired[Messages]")
            pieces.append(_typed_dict(_class_name(f"{own} messages", taken), name, fields))
    return "\n\n".join(pieces)


def _variables(document: Document) -> dict[str, str]:
    """Return variable -> type, those that must be given first."""
    versions = [document.version]
    if document.rollout:
        versions.append(document.rollout.treatment)
    types = {
        variable["name"]: _TYPES.get(variable.get("type", ""), "Value")
        for version in reversed(versions)
        for variable in version.variables
    }
    needed = document.version.needed
    known = {name for version in versions for name in version.filler.known}
    fields = {name: types.get(name, "Value") for name in needed}
    for name in sorted(known - set(needed)):
        fields[name] = f"NotRequired[{types.get(name, 'Value')}]"
    return fields


def _placeholders(document: Document) -> list[str]:
    return [part.placeholder for part in document.version.filler.parts if part.placeholder]


def _typed_dict(own: str, name: str, fields: dict[str, str]) -> str:
    """Return the class; in the form of a call where a name cannot stand in a class."""
    about = name.replace("\\", "\\\\").replace('"', '\\"')
    if any(keyword.iskeyword(field) or field.startswith("__") for field in fields):
        inner = ", ".join(f'"{field}": {type_}' for field, type_ in fields.items())
        return f'# {_one_line(name)}\n{own} = TypedDict("{own}", {{{inner}}})\n'
    lines = [f"class {own}(TypedDict):", f'    """{_one_line(about)}"""', ""]
    lines += [f"    {field}: {type_}" for field, type_ in fields.items()]
    return "\n".join(lines).rstrip() + "\n"


def _class_name(name: str, taken: set[str]) -> str:
    """Return a name for a class that no other prompt has: `support/system` -> SupportSystem."""
    words: Iterable[str] = re.findall(r"[A-Za-z0-9]+", name)
    found = "".join(word[0].upper() + word[1:] for word in words)
    if not found or found[0].isdigit() or keyword.iskeyword(found):
        found = f"Prompt{found}"
    own, count = found, 2
    while own in taken:
        own, count = f"{found}{count}", count + 1
    taken.add(own)
    return own


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
