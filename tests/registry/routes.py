"""Every route of our own, and for each the address of an object that exists."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.models import CaseResult, Replay, Run
from evaluation.offline.submit import submit
from evaluation.offline.suites import set_suite
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.start import start_try_out
from evaluation.online.models import Sample, Series
from registry.audit.clock import database_now
from registry.audit.models import Outbox
from registry.domain.roles import Role
from registry.projects.invitations import invite, make_link
from registry.projects.members import deactivate, set_roles
from registry.projects.models import Person
from registry.projects.policies import change_preset
from registry.prompts.models import Alias, Version
from registry.release.comments import comment_on, resolve
from registry.release.models import PlannedStart
from registry.release.planned import plan
from registry.runtime.keys import create_key
from registry.web.permissions import Access, access_of
from tests import stages
from tests.stages import World

Where = dict[str, Any]


@dataclass(frozen=True)
class Route:
    """A named address and what its view declares."""

    name: str
    pattern: str
    access: Access | None

    @property
    def parts(self) -> list[str]:
        """The names of what the address takes."""
        pieces = [piece.split(">")[0] for piece in self.pattern.split("<")[1:]]
        return [piece.split(":")[-1] for piece in pieces]


def own_routes() -> list[Route]:
    """Return every route outside the admin site, the API among them."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Route(pattern.name or path, path, access_of(pattern.callback))
        elif pattern.namespace is None:
            yield from _walk(pattern.url_patterns, path)


class Objects:
    """One of everything in the project `shop`, and the address of each."""

    def __init__(self) -> None:
        # A sandbox, so that the simulated connection counts and a run can wait.
        self.shop = stages.world(sandbox=True)
        # Somebody with every right, but in another project.
        self.bank = stages.world("bank", preset="solo")
        self.bea = Person.objects.create_user("bea", "bea@example.org", stages.PASSWORD)
        set_roles(
            self.bank.project,
            person=self.bea,
            roles=Role,
            actor=self.bank.actor("ada"),
            reason="She does everything there.",
        )
        self.common: Where = {"slug": "shop", **_prompt_parts(self.shop)}
        self.by_route = _members(self.shop) | _policies(self.shop) | _evaluation(self.shop)
        key = create_key(
            self.shop.project,
            name="app",
            scopes=["read"],
            labels=["production"],
            actor=self.shop.actor("ada"),
        ).key
        self.by_route |= {name: {"pk": key.pk} for name in ("key_revoke", "key_replace")}
        old_name = Alias.objects.create(
            project=self.shop.project, prompt=self.common["prompt"], name="support/before"
        )
        self.by_route["alias_remove"] = {"pk": old_name.pk}
        self.by_route["planned_cancel"] = {"pk": _planned(self.shop, self.common).pk}
        self.by_route["rollout"] = {"pk": self.common["prompt"].rollouts.get().pk}
        self.by_route["client_package"] = {"language": "python", "filename": "no-such-file"}
        # The newest event: the other project's chain is shorter, so it has no such number.
        self.by_route["audit_event"] = {"seq": self.shop.project.events.count()}
        self.by_route |= _discussion(self.shop) | _judged(self.shop)
        failed = Outbox.objects.create(
            kind="webhook", project=self.shop.project, payload={}, last_error="It answered 500."
        )
        self.by_route["notice_again"] = {"pk": failed.pk}

    def address(self, route: Route, **changed: Any) -> str:
        """Return the address of an object for `route`. Raises KeyError for an unknown part."""
        known = self.common | self.by_route.get(route.name, {}) | changed
        return reverse(route.name, kwargs={part: known[part] for part in route.parts})


def _prompt_parts(shop: World) -> Where:
    prompt = stages.prompt_named(shop)
    first = stages.in_production(shop, prompt)
    major = stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=first)
    )
    return {
        "name": prompt.name,
        "semver": major.semver,
        "old": first.semver,
        "new": major.semver,
        "prompt": prompt,
    }


def _planned(shop: World, parts: Where) -> PlannedStart:
    """Plan the start of the version in review."""
    version = Version.objects.get(prompt=parts["prompt"], major=2)
    now = database_now()
    words = {"actor": shop.actor("lea"), "reason": "Tonight.", "now": now}
    return plan(version, **words, not_before=now + timedelta(hours=8))


def _discussion(shop: World) -> dict[str, Where]:
    """Say something about the version in review, and resolve it for the one that reopens."""
    version = Version.objects.get(prompt__name="support/system", major=2)
    first, second = (comment_on(version, text="Why?", actor=shop.actor("lea")) for _ in range(2))
    resolve(second, actor=shop.actor("lea"))
    return {"comment_resolve": {"pk": first.pk}, "comment_reopen": {"pk": second.pk}}


def _judged(shop: World) -> dict[str, Where]:
    """Make a judge, and a replay that waits for the worker."""
    version = stages.with_judge(shop)
    replay = Replay.objects.create(judge=version, results=[], requested_by=shop.person("ana"))
    judge = {"pk": version.judge_id}
    return {
        **dict.fromkeys(("judge", "judge_new_version", "judge_mark"), judge),
        **{name: {**judge, "number": 1} for name in ("judge_version", "judge_replay")},
        **{name: {"pk": replay.pk} for name in ("replay", "replay_cancel")},
    }


def _members(shop: World) -> dict[str, Where]:
    ada = shop.actor("ada")
    gone = Person.objects.create_user("gus", "gus@example.org", stages.PASSWORD)
    set_roles(shop.project, person=gone, roles=[Role.VIEWER], actor=ada, reason="For a while.")
    deactivate(shop.project, person=gone, actor=ada, reason="Left.")
    invitation = invite(shop.project, roles=[Role.VIEWER], actor=ada, reason="Look.")
    set_up = make_link(project=None, roles=[], email="", actor=ada)
    return {
        "member": {"person": shop.person("vic").pk},
        "member_deactivate": {"person": shop.person("vic").pk},
        "member_reactivate": {"person": gone.pk},
        "invitation_revoke": {"pk": invitation.invitation.pk},
        "invitation": {"token": invitation.token},
        "setup": {"token": set_up.token},
    }


def _policies(shop: World) -> dict[str, Where]:
    """Put a second revision in force, then propose to go back to the first."""
    shared = {"actor": shop.actor("ada"), "reason": "To see."}
    set_roles(
        shop.project,
        person=shop.person("lea"),
        roles=[Role.RELEASER, Role.ADMIN],
        actor=shop.actor("ada"),
        reason="A second admin, for the proposal.",
    )
    change_preset(shop.project, preset="regulated", **shared)
    proposal = change_preset(shop.project, preset="team", **shared).proposal
    assert proposal is not None
    set_roles(
        shop.project,
        person=shop.person("lea"),
        roles=[Role.RELEASER],
        actor=shop.actor("ada"),
        reason="Each has one role.",
    )
    return {
        "policy_revision": {"number": 2},
        "policy_confirm": {"pk": proposal.pk},
        "policy_decline": {"pk": proposal.pk},
    }


def _result(run: Run) -> CaseResult:
    """Write down one answer of a run."""
    case = run.snapshot.cases.first()
    assert case is not None
    return CaseResult.objects.create(run=run, case=case, arm="candidate", output="Hello.")


def _sample(shop: World) -> Sample:
    """Keep the text of one call of production."""
    version = Version.objects.get(prompt__name="support/system", major=1)
    series = Series.objects.create(prompt=version.prompt, version=version, arm="control")
    return Sample.objects.create(
        prompt=version.prompt,
        version=version,
        series=series,
        call=b"one call",
        shard=0,
        at=database_now(),
        input={"question": "Where is it?"},
        output="On its way.",
    )


def _evaluation(shop: World) -> dict[str, Where]:
    """Make a dataset, a prompt that is evaluated on it, and a run that waits for the worker."""
    ana = shop.actor("ana")
    dataset = create_dataset(shop.project, name="questions", actor=ana)
    cases = [NewCase(case_id=f"q{n}", inputs={"company": f"Shop {n}"}) for n in range(20)]
    add_snapshot(dataset, cases=cases, actor=ana, reason="The first ones.")
    prompt = stages.prompt_named(shop, "faq/tone")
    set_suite(
        prompt,
        dataset=dataset,
        checks=[{"type": "not_empty"}],
        connection="simulated",
        actor=ana,
        reason="Try it.",
    )
    submit(stages.saved(shop, prompt), actor=ana, reason="Please look.")
    run = Run.objects.get()
    answer = _result(run)
    try_out = start_try_out(
        prompt,
        content=stages.text(stages.FIRST_TEXT),
        cases=[TryCase(inputs={"company": "Shop"})],
        connection="simulated",
        actor=ana,
    )
    return {
        "dataset": {"pk": dataset.pk},
        **{
            name: {"pk": dataset.pk}
            for name in ("import_cases", "case", "case_new", "case_edit", "dataset_edit")
        },
        "dataset_compare": {"pk": dataset.pk, "old": 1, "new": 1},
        "dataset_export": {"pk": dataset.pk, "form": "csv"},
        "case_from_result": {"pk": answer.pk},
        "case_from_sample": {"pk": _sample(shop).pk},
        "check_answer": {"pk": answer.pk},
        "suite": {"name": prompt.name},
        "run": {"pk": run.pk},
        "run_progress": {"pk": run.pk},
        "run_cancel": {"pk": run.pk},
        "run_file": {"pk": run.pk, "kind": "md"},
        "run_mark": {"pk": run.pk},
        "run_judge_again": {"pk": run.pk},
        "try_out_start": {"name": prompt.name},
        "try_out": {"pk": try_out.pk},
        "try_out_cancel": {"pk": try_out.pk},
        "try_out_case": {"pk": try_out.pk},
    }
