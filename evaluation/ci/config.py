"""How a repository wants its prompts evaluated without a server: evaluation.yaml.

    dataset: evals/cases.jsonl      # or by prompt: {support/refunds: evals/refunds.csv}
    connection: openai              # a name; default: the first that there is
    model: gpt-4o                   # for prompts that name none in their config
    judges: [faithfulness, relevance]
    judge_model: gpt-4o
    checks:
      - {type: not_empty}

Options on the command line win over it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.ci.exits import UsageError
from evaluation.domain.checks import CheckError, parse_check
from registry.prompts.in_out.yaml_text import YamlError, read_yaml

NAME = "evaluation.yaml"
JUDGES = ("faithfulness", "relevance", "correctness")


@dataclass(frozen=True)
class Config:
    """What the file says; `dataset` is one file for all prompts, or one by the prompt's name."""

    dataset: str | Mapping[str, str] = ""
    connection: str = ""
    model: str = ""
    judges: tuple[str, ...] = ()
    judge_model: str = ""
    checks: tuple[Mapping[str, Any], ...] = field(default=())

    def dataset_of(self, prompt: str) -> str:
        """Return the file with the cases of a prompt, "" when none is named."""
        if isinstance(self.dataset, str):
            return self.dataset
        return self.dataset.get(prompt, "")


def read_config(folder: Path, name: str) -> Config:
    """Return what `name` says, or evaluation.yaml; nothing where that is not there.

    Raises UsageError naming the field.
    """
    path = folder / (name or NAME)
    if not path.is_file():
        if name:
            raise UsageError(f"There is no file {name}.")
        return Config()
    try:
        said = read_yaml(path.read_text(encoding="utf-8")) or {}
    except (YamlError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: {error}") from None
    if not isinstance(said, dict) or (unknown := sorted(set(said) - set(Config.__annotations__))):
        known = ", ".join(Config.__annotations__)
        what = f"there is no field {unknown[0]!r}" if isinstance(said, dict) else "it is a list"
        raise UsageError(f"{path.name}: {what}. It takes {known}.")
    return Config(
        dataset=_dataset(path.name, said.get("dataset", "")),
        connection=_text(path.name, "connection", said.get("connection", "")),
        model=_text(path.name, "model", said.get("model", "")),
        judges=_judges(path.name, said.get("judges", [])),
        judge_model=_text(path.name, "judge_model", said.get("judge_model", "")),
        checks=_checks(path.name, said.get("checks", [])),
    )


def _text(place: str, field: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{place}: {field} is a text.")
    return value


def _dataset(place: str, value: Any) -> str | dict[str, str]:
    if isinstance(value, dict):
        return {str(name): _text(place, f"dataset of {name}", path) for name, path in value.items()}
    return _text(place, "dataset", value)


def _judges(place: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or any(judge not in JUDGES for judge in value):
        raise UsageError(f"{place}: judges is a list of {', '.join(JUDGES)}.")
    return tuple(dict.fromkeys(value))


def _checks(place: str, value: Any) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list):
        raise UsageError(f"{place}: checks is a list.")
    for number, check in enumerate(value, 1):
        try:
            parse_check(check)
        except CheckError as error:
            raise UsageError(f"{place}: check {number}, {error.field}: {error.message}") from None
    return tuple(value)
