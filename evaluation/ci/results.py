"""eval_results.json: what an evaluation found, for `check`, for people and for other tools."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from evaluation.ci.exits import NoVerdict, worst
from evaluation.ci.thresholds import SCHEMA

Document = Mapping[str, Any]


def results_of(documents: Sequence[Document], *, commit: str) -> dict[str, Any]:
    """Return the whole: one document for each prompt, and the averages over all their cases.

    `avg_faithfulness` (and the like, for each judge that scored anything) is the mean of the
    candidate's scores; `scores` holds them case by case.
    """
    scores = [line for document in documents for line in _scores(document)]
    names = sorted({name for line in scores for name in line} - {"prompt", "case"})
    averages = {
        f"avg_{name}": fmean(line[name] for line in scores if name in line) for name in names
    }
    return {
        "schema": SCHEMA,
        "commit": commit,
        "outcome": worst([document["outcome"] or "error" for document in documents]),
        **averages,
        "scores": scores,
        "prompts": list(documents),
    }


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Write the results whole or not at all."""
    aside = path.with_name(path.name + ".part")
    aside.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    aside.replace(path)


def read_results(path: Path) -> dict[str, Any]:
    """Return written results. Raises NoVerdict when there are none."""
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoVerdict(f"There is no {path}. Run evaluate first.") from None
    except (ValueError, OSError) as error:
        raise NoVerdict(f"{path} cannot be read: {error}") from None
    if not isinstance(results, dict):
        raise NoVerdict(f"{path} holds no results. Run evaluate again.")
    return results


def _scores(document: Document) -> list[dict[str, Any]]:
    lines = []
    for case in document["cases"]:
        values = {name: judged["candidate"]["value"] for name, judged in case["scores"].items()}
        scored = {name: value for name, value in values.items() if value is not None}
        if scored:
            lines.append({"prompt": document["prompt"], "case": case["id"], **scored})
    return lines
