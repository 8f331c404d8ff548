"""Set the stage of the replay: a sandbox project, its people, and four prompts in production."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.defaults import set_defaults
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset, RunShard
from evaluation.offline.run import work
from evaluation.offline.submit import submit
from evaluation.offline.suites import set_suite
from evaluation.online.replay.stories import FIRST, Story
from evaluation.online.start import start_rollout
from evaluation.providers.connections import SIMULATED
from registry.audit.actor import Actor
from registry.domain.content import Content
from registry.domain.policy import Plan, Policy, Stage
from registry.domain.roles import Role
from registry.domain.semver import Bump, Risk
from registry.projects.create import create_project
from registry.projects.members import set_roles
from registry.projects.models import Person, Project
from registry.projects.policies import change_policy
from registry.prompts.create import create_prompt
from registry.prompts.models import Prompt, Version
from registry.prompts.save import lowest_bump, save_version

ROLES = {
    "ada": Role.ADMIN,
    "ana": Role.AUTHOR,
    "rui": Role.REVIEWER,
    "lea": Role.RELEASER,
    "vic": Role.VIEWER,
}
# Hours as short as the traffic allows: the statistics are those of any rollout.
PLAN = Plan(30, (Stage(5, 480), Stage(25, 60), Stage(50, 60)))
TOPICS = ("delivery", "a return", "an invoice", "the warranty", "a repair", "an order")


@dataclass(frozen=True)
class Cast:
    """The project and who acts in it."""

    project: Project
    people: dict[str, Person]

    def actor(self, name: str) -> Actor:
        """Return one of the people as the one who acts."""
        return Actor.of(self.people[name])


@dataclass(frozen=True)
class Scene:
    """A story with its prompt, the version in production, and the one that is to follow."""

    story: Story
    prompt: Prompt
    old: Version
    new: Version


@transaction.atomic
def set_stage(slug: str, stories: Sequence[Story], *, now: datetime) -> tuple[Cast, list[Scene]]:
    """Make the project `slug`, with each story's new version cleared. Raises Refused if taken.

    It is hidden until the replay is over, so that the worker leaves it to the replay's clock.
    """
    cast = _cast(slug, now)
    cases = _golden_cases(cast)
    return cast, [_scene(cast, story, cases, now) for story in stories]


def evaluate_queued(project: Project) -> None:
    """Do at once what the worker would with the evaluations of `project`."""
    queued = RunShard.objects.filter(
        run__prompt__project=project, state=RunShard.State.QUEUED
    ).values_list("pk", flat=True)
    for pk in list(queued):
        work(pk)


def _cast(slug: str, now: datetime) -> Cast:
    people = {name: _person(name) for name in ROLES}
    ada = Actor.of(people["ada"])
    project = create_project(
        slug=slug,
        name="Replay of four rollouts",
        preset=Project.Preset.TEAM,
        time_zone="UTC",
        actor=ada,
        sandbox=True,
    )
    for name, role in reversed(ROLES.items()):
        set_roles(
            project, person=people[name], roles=[role], actor=ada, reason="Part of the replay."
        )
    policy = Policy.default("team", sandbox=True)
    minor = replace(policy.risks[Risk.MINOR], plan=PLAN)
    change_policy(
        project,
        policy=replace(policy, risks={**policy.risks, Risk.MINOR: minor}),
        actor=ada,
        reason="Hours that a replay can tell.",
    )
    project.hidden_at = now
    project._change_reason = "Until the replay is over."
    project.save()
    return Cast(project, people)


def _person(name: str) -> Person:
    """Return the person of the demo, else one of the replay's own who cannot sign in."""
    if demo := Person.objects.filter(username=name, is_demo=True, is_active=True).first():
        return demo
    person, made = Person.objects.get_or_create(
        username=f"replay-{name}", defaults={"first_name": f"{name.capitalize()} (replay)"}
    )
    if made:
        person.set_unusable_password()
        person.save()
    return person


def _golden_cases(cast: Cast) -> Dataset:
    ana = cast.actor("ana")
    judge = create_judge(
        cast.project,
        name="faithfulness",
        kind="faithfulness",
        text=JudgeText(connection=SIMULATED, model=SIMULATED),
        actor=ana,
        reason="The built-in rubric.",
    )
    set_defaults(
        cast.project,
        connection=SIMULATED,
        judges=[{"version": judge.pk, "gating": True, "margin": 0.03, "min_mean": None}],
        thresholds={},
        budget={},
        actor=ana,
        reason="Every answer must keep to the help centre.",
    )
    dataset = create_dataset(cast.project, name="questions of customers", actor=ana)
    cases = [
        NewCase(
            case_id=f"case-{n:02}",
            query=f"What about {TOPICS[n % len(TOPICS)]} of order {40000 + n}?",
            context=(f"Order {40000 + n} was placed {n + 1} days ago.",),
            inputs={"topic": TOPICS[n % len(TOPICS)]},
        )
        for n in range(24)
    ]
    add_snapshot(dataset, cases=cases, actor=ana, reason="Made up for the replay.")
    return dataset


def _scene(cast: Cast, story: Story, cases: Dataset, now: datetime) -> Scene:
    ana = cast.actor("ana")
    prompt = create_prompt(
        cast.project, name=story.prompt, kind="text", title=story.title, actor=ana
    )
    set_suite(
        prompt,
        dataset=cases,
        checks=[{"type": "not_empty"}],
        connection="",
        actor=ana,
        reason="What every answer must show.",
    )
    old = _written(cast, prompt, FIRST, None, "First version from the old code.")
    _evaluated(cast, old)
    start_rollout(old, actor=cast.actor("lea"), reason="The first one.", now=now)
    new = _written(cast, prompt, FIRST + story.adds, old, story.adds.strip())
    _evaluated(cast, new)
    return Scene(story, prompt, old, new)


def _written(cast: Cast, prompt: Prompt, body: str, base: Version | None, reason: str) -> Version:
    content = Content.from_fields("text", body)
    floor = lowest_bump(base, content)
    return save_version(
        prompt,
        content=content,
        bump=floor.bump if floor else Bump.MAJOR,
        base=base,
        reason=reason,
        actor=cast.actor("ana"),
    )


def _evaluated(cast: Cast, version: Version) -> None:
    submit(version, actor=cast.actor("ana"), reason="Please look.")
    evaluate_queued(cast.project)
