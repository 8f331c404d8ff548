"""YAML as far as it says what JSON can say.

PyYAML only cuts the text into events (its safe loader's scanner); the values are built
here, so no tag, alias or anchor ever makes anything, and nothing can grow beyond the text.
Words are read as YAML 1.2 reads them: `no` and `on` and `12:30` are text.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from registry.domain.strict_json import JSON_DEPTH

YAML_BYTES = 512 * 1024
_DIGITS = 100  # a parser's time grows with their square
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_NULL = re.compile(r"|~|null|Null|NULL")
_TRUE, _FALSE = re.compile(r"true|True|TRUE"), re.compile(r"false|False|FALSE")
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(
    r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)"
)
# Other line ends, tabs, marks of byte order and controls: kept only by an escape.
_FRAGILE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


class YamlError(ValueError):
    """YAML that cannot be read; the message begins with the line and says what to do."""


def read_yaml(text: str, first_line: int = 1) -> Any:
    """Return the value of one YAML document; its text begins on `first_line` of its file.

    Raises YamlError, also for aliases, anchors, tags, a key given twice, and more than
    512 KiB or 32 levels.
    """
    if len(text.encode()) > YAML_BYTES:
        raise YamlError(f"The YAML is longer than {YAML_BYTES // 1024} KiB. Shorten it.")
    try:
        return _Reader(yaml.parse(text, Loader=_LOADER), first_line).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = (mark.line if mark else 0) + first_line
        raise YamlError(
            f"Line {line}: this is no YAML ({error.problem or error.context}). Put a text with a "
            "colon, a quotation mark or a bracket into quotation marks."
        ) from None
    except yaml.YAMLError:
        raise YamlError("A character in it is not allowed in YAML. Delete it.") from None


class _Reader:
    """Builds plain values from events."""

    def __init__(self, events: Iterator[Any], first_line: int) -> None:
        self._events = events
        self._first_line = first_line

    def document(self) -> Any:
        """Return the one document, None for an empty text."""
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), JSON_DEPTH)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._error(after, "a second document begins here. Put it into its own file")
        return value

    def _value(self, event: Any, depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._error(event, "anchors and aliases (& and *) are not read. Repeat the text")
        if event.tag is not None:
            raise self._error(event, f"the tag {event.tag[:40]} is not read. Delete it")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth <= 0:
            raise self._error(event, f"it is nested more than {JSON_DEPTH} levels deep. Flatten it")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(depth)
        return self._object(depth)

    def _list(self, depth: int) -> list[Any]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, depth - 1))
        return items

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error(event, "a key must be a single word or text")
            self._value(event, depth)  # refuses what no value may have either
            key = event.value
            if key in found:
                raise self._error(event, f"the key {key[:60]!r} is given twice. Remove one")
            found[key] = self._value(next(self._events), depth - 1)
        return found

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # in quotation marks, or a block
            return text
        if _NULL.fullmatch(text):
            return None
        if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
            return text[0] in "tT"
        is_whole = _WHOLE.fullmatch(text)
        if not is_whole and not _FLOAT.fullmatch(text):
            return text
        if len(text) > _DIGITS:
            raise self._error(event, "a number has too many digits. Put it into quotation marks")
        return int(text) if is_whole else float(text)

    def _error(self, event: Any, what: str) -> YamlError:
        return YamlError(f"Line {event.start_mark.line + self._first_line}: {what}.")


class _Dumper(_DUMPER):  # type: ignore[misc]
    """Block style, long texts as blocks, and quotation marks round whatever could be misread."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out: a file with & and * is hard to read, and refused above."""
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """Write lines as a block; quote and escape whatever an editor or a parser could lose."""
    style = None
    if _FRAGILE.search(text):
        style = '"'
    elif "\n" in text:
        style = "|" if text == text.strip() else '"'
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
    return node


_Dumper.add_representer(str, _represent_text)
# The whole text must be such a number: 1.0.0 is none.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(rf"(?:{_FLOAT.pattern})\Z"), list("-+.0123456789")
)


def write_yaml(value: Any) -> str:
    """Return `value` as YAML that `read_yaml` reads back exactly; keys keep their order."""
    written: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, indent=2
    )
    return written
