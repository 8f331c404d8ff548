"""Five people everyone knows, and prompts put "at" a stage through the real use-cases.

Ana writes, Rui reviews, Lea releases, Ada administers, Vic looks; Oto is an outsider.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import JudgeVersion, RunShard
from evaluation.offline.run import work
from evaluation.offline.submit import submit
from evaluation.offline.suites import set_suite
from evaluation.providers.connections import SIMULATED
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.content import Content
from registry.domain.lifecycle import Clearance
from registry.domain.policy import Plan
from registry.domain.roles import Role
from registry.domain.semver import Bump
from registry.projects.create import create_project
from registry.projects.models import Membership, Person, Project
from registry.prompts.create import create_prompt
from registry.prompts.models import Prompt, Version
from registry.prompts.save import lowest_bump, save_version
from registry.release.labels import version_at
from registry.release.models import Rollout, Waiver
from registry.release.review import approve
from registry.release.rollout import advance, plan_of, start
from registry.release.waivers import waive
from registry.runtime.keys import NewKey, create_key

PASSWORD = "correct horse battery"
ROLES = {
    "ana": Role.AUTHOR,
    "rui": Role.REVIEWER,
    "lea": Role.RELEASER,
    "ada": Role.ADMIN,
    "vic": Role.VIEWER,
}
FIRST_TEXT = "You are the support agent of {{company}}. Answer the question in a friendly way."
MINOR_TEXT = FIRST_TEXT + " Always mention the order number."
PATCH_TEXT = FIRST_TEXT.replace("friendly way", "freindly way")
MAJOR_TEXT = FIRST_TEXT + " The customer's plan is {{plan}}."


@dataclass
class World:
    """A project with its people; `person("ana")`, `actor("ana")`."""

    project: Project
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, name: str) -> Person:
        """Return one of the people."""
        return self.people[name]

    def actor(self, name: str) -> Actor:
        """Return one of the people as the one who acts."""
        return Actor.of(self.people[name])


def world(slug: str = "shop", *, preset: str = "team", sandbox: bool = False) -> World:
    """Create a project with its five people, and an outsider who is in none."""
    people = {
        name: Person.objects.filter(username=name).first()
        or Person.objects.create_user(name, f"{name}@example.org", PASSWORD)
        for name in (*ROLES, "oto")
    }
    project = create_project(
        slug=slug,
        name=slug.capitalize(),
        preset=preset,
        time_zone="UTC",
        actor=Actor.of(people["ada"]),
        sandbox=sandbox,
    )
    if preset != "solo":
        Membership.objects.filter(project=project).delete()
        for name, role in ROLES.items():
            Membership.objects.create(project=project, person=people[name], role=role.value)
    return World(project=project, people=people)


def text(body: str, **fields: Any) -> Content:
    """Return the content of a text prompt."""
    return Content.from_fields("text", body, **fields)


def prompt_named(world: World, name: str = "support/system", kind: str = "text") -> Prompt:
    """Create a prompt without a version."""
    return create_prompt(world.project, name=name, kind=kind, actor=world.actor("ana"))


def prompt_as(world: World, name: str) -> Prompt:
    """Create a prompt as somebody else than Ana."""
    return create_prompt(world.project, name="support/system", kind="text", actor=world.actor(name))


def saved(
    world: World,
    prompt: Prompt,
    body: str | Content = FIRST_TEXT,
    *,
    base: Version | None = None,
    bump: Bump | None = None,
    by: str = "ana",
) -> Version:
    """Save a version over `base`, with the lowest honest bump unless one is given."""
    content = text(body) if isinstance(body, str) else body
    floor = lowest_bump(base, content)
    return save_version(
        prompt,
        content=content,
        bump=bump or (floor.bump if floor else Bump.MAJOR),
        base=base,
        reason="Because the tests need it.",
        actor=world.actor(by),
    )


def cleared(world: World, version: Version, *, by: str = "ana") -> Version:
    """Submit, waive a missing evaluation, approve a MAJOR: the version may ship."""
    in_review_or_cleared(world, version, by=by)
    if version.release.state == Clearance.IN_REVIEW:
        approved(world, version)
    assert version.release.state == Clearance.CLEARED, version.release.state
    return version


def evaluated(world: World, version: Version, *, by: str = "ana") -> Version:
    """Submit a version that has a suite, and do at once what the worker would."""
    submit(version, actor=world.actor(by), reason="Please look.")
    for _look in (1, 2):
        for shard in RunShard.objects.filter(run__version=version, state=RunShard.State.QUEUED):
            work(shard.pk)
    version.release.refresh_from_db()
    return version


def with_suite(world: World, prompt: Prompt, *, checks: list[dict[str, Any]] | None = None) -> None:
    """Give a prompt 24 golden cases, a check and the simulated connection."""
    dataset = create_dataset(world.project, name=f"cases of {prompt}", actor=world.actor("ana"))
    cases = [
        NewCase(
            case_id=f"case-{n:02}",
            query=f"Where is order {40000 + n}?",
            context=(f"Order {40000 + n} left the warehouse on day {n}.",),
            inputs={"company": "Lumen", "order_number": str(40000 + n)},
        )
        for n in range(24)
    ]
    add_snapshot(dataset, cases=cases, actor=world.actor("ana"), reason="For the tests.")
    set_suite(
        prompt,
        dataset=dataset,
        checks=checks or [{"type": "not_empty"}],
        connection=SIMULATED,
        actor=world.actor("ana"),
        reason="For the tests.",
    )


def with_judge(world: World, kind: str = "relevance") -> JudgeVersion:
    """Make a judge on the simulated connection and return its version 1."""
    return create_judge(
        world.project,
        name=kind,
        kind=kind,
        text=JudgeText(connection=SIMULATED, model=""),
        actor=world.actor("ana"),
        reason="For the tests.",
    )


def key(world: World, *scopes: str) -> NewKey:
    """Make an API key that may read every label."""
    return create_key(
        world.project,
        name="shop",
        scopes=list(scopes or ("read",)),
        labels=["production", "staging", "canary"],
        actor=world.actor("ada"),
    )


def approved(world: World, version: Version) -> Version:
    """Let Rui sign a version in review."""
    version.release.refresh_from_db()
    approve(
        version,
        seen_digest=version.digest,
        seen_verdict=version.release.verdict_id,
        actor=world.actor("rui"),
        comment="Read and understood.",
    )
    version.release.refresh_from_db()
    return version


def in_review_or_cleared(world: World, version: Version, *, by: str = "ana") -> Version:
    """Submit and waive a missing evaluation; a MAJOR then waits for its signature."""
    release = submit(version, actor=world.actor(by), reason="Please look.")
    if release.state == Clearance.UNDECIDED:
        waive(
            version,
            step=Waiver.Step.EVALUATION,
            actor=world.actor("ada"),
            reason="No golden cases yet.",
        )
    version.release.refresh_from_db()
    return version


def started(world: World, version: Version, *, now: datetime | None = None) -> Rollout:
    """Start the rollout of a cleared version."""
    return start(version, actor=world.actor("lea"), reason="Go.", now=now or database_now())


def in_production(world: World, prompt: Prompt, body: str | Content = FIRST_TEXT) -> Version:
    """Bring a version of a prompt to production, through every step of its road."""
    version = cleared(world, saved(world, prompt, body, base=version_at(prompt, "production")))
    now = database_now() - timedelta(minutes=road_minutes(version))
    rollout = started(world, version, now=now)
    while rollout.ended_at is None:
        rollout, now = next_step(world, rollout, now)
    return version


def in_canary(world: World, prompt: Prompt, body: str = MINOR_TEXT) -> Rollout:
    """Bring a version to the first stage of its canary; something must be in production."""
    version = cleared(world, saved(world, prompt, body, base=version_at(prompt, "production")))
    now = database_now() - timedelta(days=1)
    rollout, _ = next_step(world, started(world, version, now=now), now)
    return rollout


def road_minutes(version: Version) -> int:
    """Return how long the road of a submitted version is, by its policy."""
    release = version.release
    return Plan.from_document(release.policy.document["risks"][release.risk]).total_minutes


def next_step(world: World, rollout: Rollout, now: datetime) -> tuple[Rollout, datetime]:
    """Advance a rollout as soon as its step has lasted; return it and that moment."""
    now += timedelta(minutes=plan_of(rollout).minutes_at(rollout.percent))
    rollout = advance(
        rollout,
        expected_epoch=rollout.epoch,
        actor=world.actor("lea"),
        reason="It looks good.",
        now=now,
    )
    return rollout, now


def due(rollout: Rollout) -> datetime:
    """Return when the present step of a rollout has lasted long enough."""
    return plan_of(rollout).due_at(rollout.percent, rollout.step_started_at)


def more_reviewers(world: World, count: int) -> list[Actor]:
    """Add people who may sign."""
    people = [Person.objects.create_user(f"reviewer-{n}") for n in range(count)]
    for person in people:
        Membership.objects.create(project=world.project, person=person, role=Role.REVIEWER.value)
    return [Actor.of(person) for person in people]
