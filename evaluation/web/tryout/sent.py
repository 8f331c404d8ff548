"""Read what the editor's form says about a try-out: which cases, and the values typed."""

from django.http import QueryDict

from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.suites import suite_of
from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.start import CASES
from registry.domain.content import Content
from registry.domain.errors import Refused
from registry.prompts.models import Prompt
from registry.web.editor.cases import cases_of
from registry.web.editor.preview import values_for


def cases_sent(prompt: Prompt, content: Content, post: QueryDict) -> list[TryCase]:
    """Return the chosen cases, the values of the preview first if they are wanted.

    Raises Refused (cases) for one that is not there, ContentError (values).
    """
    found = [_typed(prompt, content, post)] if post.get("try_typed") else []
    return found + _golden(prompt, post.getlist("try_case"))


def _typed(prompt: Prompt, content: Content, post: QueryDict) -> TryCase:
    """Return the values as the preview shows them: typed ones, a case's, declared examples."""
    typed = {k.removeprefix("value:"): post.get(k, "") for k in post if k.startswith("value:")}
    given = cases_of(prompt).values(post.get("case", ""))
    return TryCase.typed(values_for(content, given, typed), says=post.get("try_says", ""))


def _golden(prompt: Prompt, ids: list[str]) -> list[TryCase]:
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > CASES:
        raise Refused(
            f"{len(wanted)} cases are chosen; a try-out takes at most {CASES}. Choose fewer.",
            field="cases",
        )
    suite = suite_of(prompt) if wanted else None
    snapshot = latest_snapshot(suite.dataset) if suite else None
    known = [case_id for case_id in wanted if "\x00" not in case_id]
    rows = snapshot.cases.filter(case_id__in=known) if snapshot else ()
    found = {row.case_id: row for row in rows}
    if gone := [case_id for case_id in wanted if case_id not in found]:
        raise Refused(
            f"There is no golden case {gone[0][:100]} any more. Reload the page to see those "
            "that there are; your text is kept as a draft.",
            field="cases",
        )
    return [TryCase.golden(found[case_id]) for case_id in wanted]
