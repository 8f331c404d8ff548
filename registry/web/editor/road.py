"""The road from a draft to production, in words, and what is missing on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from evaluation.providers import connections
from registry.audit.actor import Actor
from registry.domain.content import Content
from registry.domain.policy import Road
from registry.domain.roles import Role
from registry.domain.semver import Risk
from registry.projects.access import people_with
from registry.projects.policies import current_policy
from registry.prompts.models import Prompt, Version
from registry.prompts.save import inherited_contributors
from registry.web.editor.cases import Cases


@dataclass(frozen=True)
class Ahead:
    """What a change of this risk has to pass, and what stands in its way now."""

    risk: Risk
    sentences: list[str]
    missing: list[str]


def road_ahead(
    prompt: Prompt,
    content: Content,
    *,
    risk: Risk,
    base: Version | None,
    actor: Actor,
    cases: Cases,
) -> Ahead:
    """Return the road of `content` under the project's policy, if `actor` saved it as `risk`."""
    _, policy = current_policy(prompt.project)
    road = policy.road(risk)
    sentences = road.sentences(cases=cases.total or None)
    sentences[1:1] = _takes(road, content, cases)
    missing = [
        *_evidence(road, prompt, cases),
        *_values(cases, content),
        *_people(road, prompt, base, actor),
    ]
    return Ahead(risk, sentences, missing)


def _takes(road: Road, content: Content, cases: Cases) -> list[str]:
    """Say how many calls an evaluation would make, what they cost and how long they take."""
    if cases.basis is None:
        return []
    estimate = cases.basis.of(
        content,
        road.risk,
        smoke=road.policy.output_checks == "smoke",
        compared=road.risk is not Risk.FIRST,
    )
    return [" ".join([f"That takes {estimate.words()}", *estimate.over])] if estimate else []


def _evidence(road: Road, prompt: Prompt, cases: Cases) -> Iterator[str]:
    """Say what an evaluation would lack. Missing evidence is no wall: a waiver is named."""
    asks_all = road.policy.output_checks == "all"
    way_out = " Otherwise the evaluation must be waived, with a reason." if asks_all else ""
    if cases.snapshot is None:
        if asks_all:
            yield f"No golden cases yet: connect a dataset to this prompt.{way_out}"
        return
    if asks_all and cases.total < road.policy.min_cases:
        yield f"{cases.total} of {road.policy.min_cases} golden cases.{way_out}"
    connection = cases.basis.holds.connection if cases.basis else ""
    if connection not in connections.names():
        yield f"No model connection is chosen for this prompt's evaluation.{way_out}"
    elif connection == connections.SIMULATED and not prompt.project.sandbox:
        yield f"The connection is simulated, which counts only in a sandbox.{way_out}"


def _values(cases: Cases, content: Content) -> Iterator[str]:
    """Say which variables the golden cases leave without a value: a submit would fail."""
    if lacking := cases.lacking(content):
        listed = ", ".join(f"{{{{{name}}}}}" for name in lacking[:5])
        yield (
            f"The golden cases give no value for {listed}: import cases that do, "
            "or declare it optional below. Submitted as it is, it would fail."
        )


def _people(road: Road, prompt: Prompt, base: Version | None, actor: Actor) -> Iterator[str]:
    """Say which people are missing."""
    needed = road.policy.approvals
    if needed:
        wrote = {actor.person.pk} if actor.person else set()
        wrote |= inherited_contributors(base)
        eligible = [p for p in people_with(prompt.project, Role.REVIEWER) if p.pk not in wrote]
        if not eligible:
            yield "Nobody may approve: ask an admin for a reviewer who did not write it."
        elif len(eligible) < needed:
            yield f"{needed} approvals are needed and {len(eligible)} person may give one."
    if not people_with(prompt.project, Role.RELEASER):
        yield "Nobody may start the rollout: ask an admin to make somebody a releaser."
