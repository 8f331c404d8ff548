"""What a model is sent for one case: the prompt with the case's values put in.

A case's `query` and `context` stand for the variables of those names. A query that the
prompt has no variable for is what the user says: it goes into the last placeholder of a
chat, or follows the prompt as a message of the user. A context that the prompt has no
variable for is not sent; it is there for those who judge the answer.
"""

from evaluation.offline.models import Case
from registry.domain.content import Placeholder
from registry.domain.rendering import Prepared
from registry.domain.template import Value

Messages = list[dict[str, str]]


def values_of(case: Case) -> dict[str, Value]:
    """Return what a case gives for variables: its inputs, and `query` and `context`."""
    values: dict[str, Value] = dict(case.inputs)
    for name, text in (("query", case.query), ("context", "\n\n".join(case.context))):
        if text:
            values.setdefault(name, text)
    return values


def messages_for(prompt: Prepared, case: Case) -> Messages:
    """Return the messages for `case`. Raises TemplateError naming what is missing."""
    values = {name: value for name, value in values_of(case).items() if name in prompt.known}
    says = [{"role": "user", "content": case.query}] if case.query else []
    if "query" in prompt.known:
        says = []
    places = [item.name for item in prompt.templates if isinstance(item, Placeholder)]
    rendered = prompt.render(values, {places[-1]: says} if places and says else None)
    if isinstance(rendered, str):
        return [{"role": "system" if says else "user", "content": rendered}, *says]
    return rendered if places else [*rendered, *says]
