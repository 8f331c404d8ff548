"""Read what the editor's form says about a try-out: which cases, and the values typed."""

from django.http import QueryDict

from evaluation.offline.tryouts.cases import TryCase
from evaluation.offline.tryouts.start import CASES
from registry.domain.content import Content
from registry.domain.errors import Refused
from registry.prompts.models import Prompt
from registry.web.editor.cases import Cases, cases_of
from registry.web.editor.preview import values_for


def cases_sent(prompt: Prompt, content: Content, post: QueryDict) -> list[TryCase]:
    """Return the chosen cases, the values of the preview first if they are wanted.

    Raises Refused (cases) for one that is not there, ContentError (values).
    """
    cases = cases_of(prompt)
    found = [_typed(cases, content, post)] if post.get("try_typed") else []
    return found + _golden(cases, post.getlist("try_case"))


def _typed(cases: Cases, content: Content, post: QueryDict) -> TryCase:
    """Return the values as the preview shows them: typed ones, a case's, declared examples."""
    typed = {k.removeprefix("value:"): post.get(k, "") for k in post if k.startswith("value:")}
    given = cases.values(post.get("case", ""))
    return TryCase.typed(values_for(content, given, typed), says=post.get("try_says", ""))


def _golden(cases: Cases, ids: list[str]) -> list[TryCase]:
    wanted = list(dict.fromkeys(ids))
    if len(wanted) > CASES:
        raise Refused(
            f"{len(wanted)} cases are chosen; a try-out takes at most {CASES}. Choose fewer.",
            field="cases",
        )
    known = [case_id for case_id in wanted if "\x00" not in case_id]
    rows = cases.snapshot.cases.filter(case_id__in=known) if cases.snapshot else ()
    found = {row.case_id: row for row in rows}
    if gone := [case_id for case_id in wanted if case_id not in found]:
        raise Refused(
            f"There is no golden case {gone[0][:100]} any more. Reload the page to see those "
            "that there are; your text is kept as a draft.",
            field="cases",
        )
    return [TryCase.golden(found[case_id]) for case_id in wanted]
