"""Which scores say how good an answer is: the judges that block, else what every suite asks."""

from collections.abc import Mapping

from evaluation.domain.watch.guardrails import QUALITY
from evaluation.offline.effective import effective
from evaluation.offline.models import Suite
from registry.projects.policies import current_policy
from registry.prompts.models import Prompt

USUAL = ("faithfulness", "relevance")


def quality_names(
    prompt: Prompt, rules: Mapping[str, Mapping[str, float]] | None = None
) -> tuple[str, ...]:
    """Return the names of the scores that stand for quality in live traffic of `prompt`.

    They are those of the suite's gating judges, else faithfulness and relevance, and the scores
    that the policy's guardrails name (`rules`; None: those of the policy in force).
    """
    suite = Suite.objects.filter(prompt=prompt).first()
    judges = effective(suite, prompt.project).judges if suite else ()
    gating = [judge.version.judge.name for judge in judges if judge.gating]
    if rules is None:
        _, policy = current_policy(prompt.project)
        rules = policy.watching.guardrails
    named = [name.removeprefix(QUALITY) for name in rules if name.startswith(QUALITY)]
    return tuple(dict.fromkeys([*(gating or USUAL), *named]))
