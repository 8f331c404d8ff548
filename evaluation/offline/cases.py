"""One golden case as somebody gives it: read, checked, and ready to be frozen."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from evaluation.domain.checks import CheckError, parse_check
from registry.domain.canonical import canonical, sha256
from registry.domain.fields import NAME
from registry.domain.strict_json import StrictError, strict, strict_text

CASES = 10_000
CELL_BYTES = 64 * 1024
DATASET_BYTES = 10 * 1024 * 1024
ID_LENGTH = 100
HOLDOUT = "holdout"  # the tag of cases that those who write the text never see
LIST_LENGTH = 100  # tags, passages of context, checks, variables and messages of one case
SPEAKERS = ("system", "user", "assistant", "tool")

_LISTS = ("context", "tags", "checks", "messages")
_TAG = re.compile(r"\w[\w ./:-]{0,49}")
T = TypeVar("T")


class BadCase(ValueError):
    """A case that cannot be kept; `messages` are sentences, one for each fault."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__(" ".join(messages))
        self.messages = tuple(messages)


@dataclass(frozen=True)
class NewCase:
    """One input with expectations. `inputs` are values of the prompt's variables.

    `messages` ({role, content}) are reserved for conversations: kept, and not sent yet.
    """

    case_id: str
    query: str = ""
    inputs: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    context: tuple[str, ...] = ()
    reference: str = ""
    tags: tuple[str, ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    cluster: str = ""
    messages: tuple[Mapping[str, str], ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON form: what the digest covers and the row stores."""
        # Left out where there are none: so digests of before messages were kept still hold.
        talk = {"messages": [dict(one) for one in self.messages]} if self.messages else {}
        return {
            "case_id": self.case_id,
            "inputs": dict(self.inputs),
            "query": self.query,
            "context": list(self.context),
            "reference": self.reference,
            "tags": list(self.tags),
            "checks": [dict(check) for check in self.checks],
            "cluster": self.cluster,
            **talk,
        }

    @classmethod
    def from_document(cls, stored: Mapping[str, Any]) -> "NewCase":
        """Return the case of which `stored` is the document."""
        lists = {name: tuple(stored.get(name) or ()) for name in _LISTS}
        return cls(**{**stored, **lists})


def digest_of(cases: Sequence[NewCase]) -> str:
    """Return the SHA-256 of the canonical JSON of the cases, sorted by id."""
    return sha256(canonical([c.document() for c in sorted(cases, key=lambda c: c.case_id)]))


def faults_of(cases: Sequence[NewCase]) -> list[str]:
    """Return why these cases cannot be one snapshot, in sentences; nothing when they can."""
    found = []
    if not cases:
        found.append("There is no case. Give at least one.")
    if len(cases) > CASES:
        found.append(f"{len(cases):,} cases; a dataset holds at most {CASES:,}.")
    size = sum(len(canonical(case.document()).encode()) for case in cases)
    if size > DATASET_BYTES:
        found.append(f"{size / 2**20:.1f} MiB of cases; a dataset holds at most 10 MiB.")
    seen: set[str] = set()
    for case in cases:
        if case.case_id in seen:
            found.append(f"The id {case.case_id!r} is given twice. An id names one case.")
        seen.add(case.case_id)
    return found


def read_case(fields: Mapping[str, Any], *, default_id: str) -> NewCase:
    """Read a case from `fields`: id, query, inputs, context, reference, tags, checks, cluster,
    messages.

    Absent fields are empty; lists may be given as one text. Raises BadCase with every fault.
    """
    faults: list[str] = []

    def read(name: str, reader: Callable[[Any], T], empty: T) -> T:
        value = fields.get(name)
        if value is None or value == "":
            return empty
        try:
            return reader(value)
        except (BadCase, StrictError) as error:
            faults.extend(getattr(error, "messages", [str(error)]))
            return empty

    case = NewCase(
        case_id=read("id", _read_id, default_id),
        query=read("query", lambda value: _text(value, "query"), ""),
        inputs=read("inputs", _read_inputs, {}),
        context=read("context", _read_context, ()),
        reference=read("reference", lambda value: _text(value, "reference"), ""),
        tags=read("tags", _read_tags, ()),
        checks=read("checks", _read_checks, ()),
        cluster=read("cluster", lambda value: _short(value, "cluster"), ""),
        messages=read("messages", _read_messages, ()),
    )
    if not faults and not (case.query or case.inputs or case.context or case.messages):
        faults.append("The case is empty: give a query, or a value for a variable.")
    if faults:
        raise BadCase(faults)
    return case


def _text(value: Any, name: str) -> str:
    """Return a storable text of at most one cell; numbers as they are written."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadCase([f"{name} must be text."])
    size = len(strict_text(value, name).encode())
    if size > CELL_BYTES:
        raise BadCase([f"{name} is {-(-size // 1024)} KiB long; a cell holds at most 64 KiB."])
    return value.replace("\r\n", "\n").replace("\r", "\n")


def _short(value: Any, name: str) -> str:
    text = _text(value, name).strip()
    if len(text) > ID_LENGTH or "\n" in text:
        raise BadCase([f"{name} is one line of at most {ID_LENGTH} characters."])
    return text


def _read_id(value: Any) -> str:
    text = _short(value, "id")
    if not text:
        raise BadCase(["id is blank. Write one, or leave the column out."])
    return text


def _read_inputs(value: Any) -> dict[str, str | int | float | bool]:
    if not isinstance(value, Mapping):
        raise BadCase(['inputs is an object of variables, such as {"plan": "basic"}.'])
    if len(value) > LIST_LENGTH:
        raise BadCase([f"{len(value)} variables; a case has at most {LIST_LENGTH}."])
    inputs: dict[str, str | int | float | bool] = {}
    for name, given in value.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise BadCase([f"{name!r} cannot name a variable: use letters, digits and _."])
        if isinstance(given, str):
            inputs[name] = _text(given, f"the variable {name}")
        elif isinstance(given, bool | int | float):
            inputs[name] = strict(given, f"the variable {name}")
        else:
            raise BadCase([f"The variable {name} must be text, a number, true or false."])
    return inputs


def _read_context(value: Any) -> tuple[str, ...]:
    passages = value if isinstance(value, list | tuple) else [value]
    if len(passages) > LIST_LENGTH:
        raise BadCase([f"{len(passages)} passages; a case has at most {LIST_LENGTH}."])
    return tuple(_text(passage, "context") for passage in passages)


def _read_tags(value: Any) -> tuple[str, ...]:
    """Read a list, or one text with commas or semicolons between the tags."""
    parts = re.split(r"[,;]", value) if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(p, str) for p in parts):
        raise BadCase(["tags is a list of words."])
    tags = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if len(tags) > LIST_LENGTH:
        raise BadCase([f"{len(tags)} tags; a case has at most {LIST_LENGTH}."])
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise BadCase([f"The tag {tag[:60]!r} needs plain letters and digits, up to 50."])
    return tags


def _read_checks(value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list | tuple) or len(value) > LIST_LENGTH:
        raise BadCase([f"checks is a list of at most {LIST_LENGTH} checks."])
    checks: list[Mapping[str, Any]] = []
    for number, check in enumerate(value, 1):
        try:
            clean = strict(check, f"checks[{number}]")
            parse_check(clean)
        except CheckError as error:
            raise BadCase([f"Check {number}, {error.field}: {error.message}"]) from None
        checks.append(clean)
    return tuple(checks)


def _read_messages(value: Any) -> tuple[Mapping[str, str], ...]:
    """Read a conversation: kept as it is, for prompts that will answer several turns."""
    if not isinstance(value, list | tuple) or len(value) > LIST_LENGTH:
        raise BadCase([f"messages is a list of at most {LIST_LENGTH} messages."])
    read: list[Mapping[str, str]] = []
    for number, message in enumerate(value, 1):
        if not isinstance(message, Mapping) or set(message) != {"role", "content"}:
            raise BadCase([f'Message {number} is not like {{"role": "user", "content": "…"}}.'])
        if message["role"] not in SPEAKERS:
            raise BadCase([f"Message {number} needs a role: {', '.join(SPEAKERS)}."])
        read.append({"role": message["role"], "content": _text(message["content"], "A message")})
    return tuple(read)
