"""Save what was tried as a golden case: the next snapshot of the prompt's dataset holds it."""

from collections.abc import Mapping

from django.http import HttpResponse, JsonResponse, QueryDict

from evaluation.offline.cases import BadCase, NewCase, read_case
from evaluation.offline.datasets import add_case
from evaluation.offline.models import TryOut
from evaluation.offline.suites import suite_of
from evaluation.offline.tryouts.cases import TryCase
from evaluation.web.datasets import dataset_url
from evaluation.web.golden.leaks import leak_words
from evaluation.web.tryout.views import find_try_out
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.projects.access import NotPermitted
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.typed import reason_of


@needs(post=Action.EDIT_TEXT)
def keep_case(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Add one case of a try-out to the dataset; answers a `message`, and `url` if it worked."""
    try_out = find_try_out(request, pk)
    suite = suite_of(try_out.prompt)
    if suite is None:
        return _said("This prompt has no golden dataset. Choose one on its evaluation page.", 409)
    default = f"From a try-out of {try_out.prompt.name}."
    try:
        case = _case(try_out, request.POST)
        snapshot = add_case(
            suite.dataset,
            case=case,
            actor=request.actor,
            reason=reason_of(request, default, field="keep_reason"),
        )
    except BadCase as error:
        return _said(str(error), 422)
    except ContentError as error:
        return _said(error.message, 422, field=error.field)
    except NotPermitted as missing:
        return _said(str(missing), 403)
    except Refused as error:
        return _said(str(error), 409)
    words = (
        f"Saved. v{snapshot.number} of {suite.dataset} has {snapshot.case_count:,} cases; "
        "evaluations that are submitted from now on run on it."
    )
    if warning := leak_words(case):
        words = f"{words} {warning}"
    return _said(words, 200, url=dataset_url(suite.dataset))


def _case(try_out: TryOut, post: QueryDict) -> NewCase:
    """Return the case as asked for. Raises ContentError (case_id, number) and BadCase."""
    number, case = _tried(try_out, post.get("keep_number", ""))
    if not post.get("keep_id", "").strip():
        raise ContentError("case_id", "Give the case an id, such as angry-refund.")
    wanted = {
        "id": post["keep_id"],
        "tags": post.get("keep_tags", ""),
        "reference": _reference(try_out, number, case, post),
        "query": case.query,
        "context": list(case.context),
        "inputs": dict(case.inputs),
    }
    return read_case(wanted, default_id="")


def _tried(try_out: TryOut, number: str) -> tuple[int, TryCase]:
    known = {str(at): stored for at, stored in enumerate(try_out.cases)}
    if number not in known:
        raise ContentError("number", "This try-out has no such case. Reload the page.")
    return int(number), TryCase.from_document(known[number])


def _reference(try_out: TryOut, number: int, case: TryCase, post: Mapping[str, str]) -> str:
    """Return the answer that was chosen as the reference, the case's own one, or ""."""
    arm = post.get("keep_reference", "")
    if not arm:
        return case.reference
    answers = {row.arm: row.output for row in try_out.answers.filter(number=number, error="")}
    if arm not in answers:
        raise ContentError("reference", "There is no such answer to take as the reference.")
    return answers[arm]


def _said(message: str, status: int, *, field: str = "", url: str = "") -> JsonResponse:
    return JsonResponse({"message": message, "field": field, "url": url}, status=status)
