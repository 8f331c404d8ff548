"""Have prompts evaluated here, through the same engine as in an installation, in its memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from evaluation.ci.config import Config, read_config
from evaluation.ci.exits import UsageError
from evaluation.ci.local_cases import cases_in
from evaluation.ci.options import Evaluate, risk_asked
from evaluation.ci.prompt_files import PromptFile
from evaluation.ci.work import work_through
from evaluation.domain.checks import Outcome
from evaluation.domain.static import static_checks
from evaluation.offline.candidates import submit_candidate
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.documents import SCHEMA, document_of
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset
from evaluation.offline.requests import model_of
from evaluation.offline.suites import set_suite
from evaluation.providers import connections
from registry.audit.actor import Actor
from registry.domain.content import Content, digest
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.risk import floor
from registry.domain.semver import Bump, Risk
from registry.projects.create import create_project
from registry.projects.models import Person, Project
from registry.prompts.create import create_prompt
from registry.prompts.models import Prompt, Version
from registry.prompts.save import save_version

WHY = "Evaluated on the command line."
NO_CASES = "No file of golden cases is named: say which with --dataset or in evaluation.yaml."


def evaluate_here(
    files: Sequence[PromptFile],
    asked: Evaluate,
    config: Config,
    *,
    folder: Path,
    ref: str,
    only_text: str = "",
) -> list[dict[str, Any]]:
    """Return the document of each evaluation.

    `only_text` says why no model can be asked; then the texts alone are looked at and no
    prompt passes. Raises UsageError naming what is wrong with the files or the options.
    """
    try:
        bench = _Bench(asked, config, folder, ref, only_text)
        return [bench.evaluate(file) for file in files]
    except (Refused, ContentError) as error:
        raise UsageError(str(error)) from None


def foreseen(files: Sequence[PromptFile], asked: Evaluate, folder: Path) -> Iterator[str]:
    """Yield what would be done with each file. Raises UsageError as the evaluation itself would."""
    config = read_config(folder, asked.config)
    judged = f", judged by {' and '.join(config.judges)}" if config.judges else ""
    for file in files:
        compared = f"compared with {file.against}" if file.baseline else "nothing to compare with"
        if path := asked.dataset or config.dataset_of(file.name):
            count = len(cases_in(folder, path, file.content))
            yield f"  {file.name}: up to {count} cases of {path}, {compared}{judged}."
        else:
            yield f"  {file.name}: {NO_CASES}"


class _Bench:
    """An installation with one project, in which each file is a prompt."""

    def __init__(
        self, asked: Evaluate, config: Config, folder: Path, ref: str, only_text: str
    ) -> None:
        self._asked, self._config, self._folder, self._ref = asked, config, folder, ref
        person = Person.objects.create_user("command", "command@localhost", None)
        self._actor = Actor.of(person)
        self._project: Project = create_project(
            slug="files",
            name="Files",
            preset="solo",
            time_zone="UTC",
            actor=self._actor,
        )
        self._connection, self._why_not = _connection(config, asked)
        self._why_not = only_text or self._why_not
        self._judges = self._make_judges() if config.judges and not self._why_not else []
        self._datasets: dict[str, Dataset] = {}

    def evaluate(self, file: PromptFile) -> dict[str, Any]:
        """Return the document of one file's evaluation."""
        path = self._asked.dataset or self._config.dataset_of(file.name)
        missing = self._why_not or ("" if path else NO_CASES)
        if missing:
            return _text_alone(file, missing, self._ref)
        if not model_of(file.content.config, connections.get(self._connection)):
            raise UsageError(
                f"{file.path}: nobody says which model answers. Write `model: …` into "
                "evaluation.yaml, or `config: {model: …}` into the file."
            )
        prompt = create_prompt(
            self._project, name=file.name, kind=file.content.kind, actor=self._actor
        )
        set_suite(
            prompt,
            dataset=self._dataset(path, file.content),
            checks=self._config.checks,
            connection=self._connection,
            judges=self._judges,
            thresholds={},
            budget=_budget(self._asked),
            actor=self._actor,
            reason=WHY,
        )
        run = submit_candidate(
            prompt,
            file.content,
            baseline=self._baseline(prompt, file),
            ref=self._ref,
            key=None,
            actor=self._actor,
            reason=WHY,
            repeat=self._asked.repeat,
            second_look=self._asked.max_repeat != 1,
            margin=self._asked.margin,
            risk=risk_asked(self._asked),
        )
        document = document_of(work_through(run))
        if document["baseline"]:  # a number that nobody gave it would only mislead
            document["baseline"]["version"] = file.against
        return document

    def _baseline(self, prompt: Prompt, file: PromptFile) -> Version | None:
        if file.baseline is None:
            return None
        return save_version(
            prompt,
            content=file.baseline,
            bump=Bump.MAJOR,
            base=None,
            reason=WHY,
            actor=self._actor,
        )

    def _dataset(self, path: str, content: Content) -> Dataset:
        """Return the cases of a file as a dataset; several prompts may share one."""
        if path not in self._datasets:
            cases = cases_in(self._folder, path, content)
            made = create_dataset(self._project, name=path[-128:], actor=self._actor)
            add_snapshot(made, cases=cases, actor=self._actor, reason=WHY)
            self._datasets[path] = made
        return self._datasets[path]

    def _make_judges(self) -> list[dict[str, Any]]:
        model = self._config.judge_model or _first_model(self._connection)
        text = JudgeText(connection=self._connection, model=model)
        return [
            {
                "version": create_judge(
                    self._project, name=name, kind=name, text=text, actor=self._actor, reason=WHY
                ).pk,
                "gating": True,
            }
            for name in self._config.judges
        ]


def _connection(config: Config, asked: Evaluate) -> tuple[str, str]:
    """Return the name of the connection to ask, and why there is none.

    In this installation of our own it takes the models and the number of calls at once that
    were asked for.
    """
    named = config.connection
    if not named:
        known = [name for name in connections.names() if name != connections.SIMULATED]
        if not known:
            return "", "There is no connection to a model: set OPENAI_API_KEY or OPENAI_BASE_URL."
        named = known[0]
    connections.get(named)  # raises Refused, with the cure
    if named != connections.SIMULATED:
        models = (config.model, config.judge_model) if config.model else ()
        connections.adapt(named, models=models, at_once=asked.concurrency)
    return named, ""


def _first_model(connection: str) -> str:
    models = connections.get(connection).models
    if not models and connection != connections.SIMULATED:
        raise UsageError("Say with judge_model in evaluation.yaml which model judges.")
    return models[0] if models else connection


def _budget(asked: Evaluate) -> dict[str, Any]:
    named = {
        "max_calls": asked.max_calls,
        "max_cost": asked.max_cost,
        "max_seconds": asked.max_seconds,
    }
    return {name: value for name, value in named.items() if value is not None}


def _text_alone(file: PromptFile, why: str, ref: str) -> dict[str, Any]:
    """Return what can be said without asking a model, as a run's document; it is never a pass."""
    risk = Risk(floor(file.baseline, file.content).bump.value) if file.baseline else Risk.FIRST
    report = static_checks(file.baseline, file.content, risk)
    failed = report.outcome == Outcome.FAIL
    unchecked = f"The answers were not checked. {why}"
    reasons = list(report.reasons) if failed else [unchecked, *report.reasons]
    outcome, opening = ("fail", "Blocked: ") if failed else ("inconclusive", "Undecided: ")
    return {
        "schema": SCHEMA,
        "run": None,
        "prompt": file.name,
        "candidate": {"version": None, "ref": ref, "digest": digest(file.content)},
        "baseline": None,
        "risk": risk.value,
        "outcome": outcome,
        "simulated": False,
        "headline": opening + reasons[0],
        "reasons": reasons,
        "metrics": {},
        "groups": {},
        "judges": [],
        "snapshot": {"dataset": "no golden cases", "number": 0, "digest": "", "cases": 0},
        "usage": {"calls": 0, "input_tokens": 0, "output_tokens": 0},
        "cost": 0.0,
        "unpriced_calls": 0,
        "seconds": None,
        "cases": [],
    }
