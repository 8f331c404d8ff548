"""Build the demo: six prompts at every stage, forty-two golden cases, five people."""

import csv
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.defaults import set_defaults
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset
from evaluation.offline.suites import set_suite
from evaluation.providers.connections import SIMULATED
from registry.audit.clock import database_now
from registry.demo import texts
from registry.demo.people import Company, found_company
from registry.demo.road import evaluate, ship, walk, write
from registry.notices.announce import skip_to_now
from registry.prompts.create import create_prompt
from registry.prompts.models import Prompt
from registry.release.comments import comment_on
from registry.release.models import Waiver
from registry.release.rollback import roll_back
from registry.release.rollout import start
from registry.release.waivers import waive

CASES = Path(__file__).with_name("support_cases.csv")
CHECKS: list[dict[str, Any]] = [
    {"type": "not_empty"},
    {"type": "regex", "value": r"\b\d{5}\b"},
    {"type": "char_length", "max": 600},
    {"type": "contains", "value": "guarantee", "negate": True},
]


@transaction.atomic
def build() -> Company:
    """Build the whole demo or, when it is interrupted, nothing of it."""
    company = found_company()
    cases = golden_cases(company)
    _what_all_share(company)
    now = database_now()
    _under_canary(company, cases, now)
    _waiting_for_sign_off(company, cases, now)
    _gate_failed(company, cases, now)
    _rolled_back(company, now)
    _undecided(company, now)
    _only_a_draft(company)
    skip_to_now(company.project)  # a story about the past: nobody gets mail about it
    return company


def golden_cases(company: Company) -> Dataset:
    """Import the golden cases; each must name its own order number."""
    ana = company.actor("ana")
    dataset = create_dataset(
        company.project,
        name="support questions",
        actor=ana,
        description="What customers of Lumen Outdoor ask, with what the help centre knows.",
    )
    with CASES.open(encoding="utf-8", newline="") as file:
        cases = [_case(row) for row in csv.DictReader(file)]
    add_snapshot(dataset, cases=cases, actor=ana, reason="From last month's tickets.")
    return dataset


def _what_all_share(company: Company) -> None:
    """Say for the whole project: the simulated connection, one judge that blocks, one shown."""
    ana = company.actor("ana")
    made = [
        create_judge(
            company.project,
            name=kind,
            kind=kind,
            text=JudgeText(connection=SIMULATED, model=SIMULATED),
            actor=ana,
            reason="The built-in rubric.",
        )
        for kind in ("faithfulness", "relevance")
    ]
    set_defaults(
        company.project,
        connection=SIMULATED,
        judges=[
            {"version": made[0].pk, "gating": True, "margin": 0.03, "min_mean": 0.6},
            {"version": made[1].pk, "gating": False, "margin": 0.03, "min_mean": None},
        ],
        thresholds={},
        budget={"max_cost_month": 50.0},
        actor=ana,
        reason="Every answer must keep to what the help centre knows.",
    )


def _case(row: dict[str, str]) -> NewCase:
    return NewCase(
        case_id=row["id"],
        query=row["query"],
        context=(row["context"],),
        reference=row["reference"],
        tags=tuple(row["tags"].split("|")),
        inputs={
            "customer_name": row["var:customer_name"],
            "order_number": row["var:order_number"],
        },
        checks=({"type": "contains", "value": row["var:order_number"]},),
    )


def _prompt(
    company: Company, name: str, kind: str, title: str, cases: Dataset | None = None
) -> Prompt:
    ana = company.actor("ana")
    prompt = create_prompt(company.project, name=name, kind=kind, title=title, actor=ana)
    if cases:
        set_suite(
            prompt,
            dataset=cases,
            checks=CHECKS,
            connection="",  # the project's
            actor=ana,
            reason="What every answer must show.",
        )
    return prompt


def _under_canary(company: Company, cases: Dataset, now: datetime) -> None:
    prompt = _prompt(company, "support/system", "chat", "Customer support, main voice", cases)
    first = write(company, prompt, texts.SYSTEM_1_0, None, "First version from the old code.")
    ship(company, first, now - timedelta(days=9))
    second = write(company, prompt, texts.SYSTEM_1_1, first, "Stops promising refunds.")
    ship(company, second, now - timedelta(days=4))
    third = write(company, prompt, texts.SYSTEM_1_2, second, "Apologises when a parcel is lost.")
    evaluate(company, third)
    lea = company.actor("lea")
    rollout = start(third, actor=lea, reason="Ready.", now=now - timedelta(minutes=4))
    walk(company, rollout, until=5)


def _waiting_for_sign_off(company: Company, cases: Dataset, now: datetime) -> None:
    prompt = _prompt(company, "support/refunds", "chat", "Refunds and returns", cases)
    first = write(company, prompt, texts.REFUNDS_1_0, None, "First version from the old code.")
    ship(company, first, now - timedelta(days=8))
    second = write(
        company, prompt, texts.REFUNDS_2_0, first, "Moves refunds to a step-by-step answer."
    )
    evaluate(company, second)
    comment_on(second, text="Is order 10001 in the example a real one?", actor=company.actor("lea"))


def _gate_failed(company: Company, cases: Dataset, now: datetime) -> None:
    prompt = _prompt(company, "support/delivery", "chat", "Where is my parcel", cases)
    first = write(company, prompt, texts.DELIVERY_1_0, None, "First version from the old code.")
    ship(company, first, now - timedelta(days=7))
    second = write(company, prompt, texts.DELIVERY_1_1, first, "Shorter answers.")
    evaluate(company, second)


def _rolled_back(company: Company, now: datetime) -> None:
    prompt = _prompt(company, "billing/dunning", "text", "Reminder of an open invoice")
    first = write(company, prompt, texts.DUNNING_1_0, None, "First version from the old code.")
    ship(company, first, now - timedelta(days=6))
    second = write(company, prompt, texts.DUNNING_1_1, first, "Legal asked for a clearer notice.")
    evaluate(company, second)
    waive(
        second,
        step=Waiver.Step.EVALUATION,
        actor=company.actor("ada"),
        reason="There are no golden cases for reminders yet; Ada and Rui read ten of them.",
    )
    ship(company, second, now - timedelta(days=2), evaluated=True)
    roll_back(
        prompt,
        actor=company.actor("lea"),
        reason="Customers read it as a threat: 14 complaints in an hour.",
        now=now - timedelta(hours=20),
    )


def _undecided(company: Company, now: datetime) -> None:
    prompt = _prompt(company, "faq/tone", "text", "House style of the FAQ")
    first = write(company, prompt, texts.TONE_1_0, None, "First version from the old code.")
    ship(company, first, now - timedelta(days=5))
    typo = write(company, prompt, texts.TONE_1_0_1, first, "Fixes “recieve”.")
    ship(company, typo, now - timedelta(days=1))
    third = write(company, prompt, texts.TONE_1_1, typo, "Calmer: no exclamation marks.")
    evaluate(company, third)


def _only_a_draft(company: Company) -> None:
    prompt = _prompt(company, "search/rewrite", "text", "Questions into search queries")
    write(company, prompt, texts.SEARCH_1_0, None, "To try it in the shop's search.")
