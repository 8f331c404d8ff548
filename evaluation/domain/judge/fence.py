"""The question put to a judge: material written by others, fenced off from our own words.

Every section stands between two lines that carry a code drawn for this one call. Whoever
wrote an answer could not know it, so no text can close its own fence or open another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

CODE = "{{code}}"  # stands in a judge's instructions for the code of the call
SECTIONS = ("QUESTION", "INPUTS", "CONTEXT", "REFERENCE", "ANSWER")
BYTES_A_TOKEN = 4  # an estimate, rather too many tokens than too few in most languages
_CUT_NOTE = "(The rest of the context is cut off here; what it says is not known.)"
_AGAIN = (
    "An earlier answer of yours could not be read. Answer with the JSON object alone: "
    "reasoning first, then the score."
)


@dataclass(frozen=True)
class Material:
    """What is judged and what it is judged by. `inputs` are further values of the prompt."""

    answer: str
    question: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    context: Sequence[str] = ()
    reference: str = ""


@dataclass(frozen=True)
class Question:
    """The messages for the judge, and whether the context had to be cut."""

    messages: tuple[dict[str, str], ...]
    context_truncated: bool


def build(
    instructions: str, material: Material, *, code: str, context_tokens: int, ask: int = 1
) -> Question:
    """Return the question. `ask` above 1 reminds of the form that the last answer broke.

    The context is given whole unless it is estimated at more than `context_tokens`.
    Raises ValueError when the material holds `code`: then its fence could be closed from
    inside, and another code must be drawn.
    """
    context, cut = _fitting(material.context, context_tokens)
    inputs = "\n".join(f"{name}: {value}" for name, value in material.inputs.items())
    texts = (material.question, inputs, context, material.reference, material.answer)
    if any(code in text for text in texts):
        raise ValueError("The material holds the code of its fence. Draw another one.")
    fenced = [
        f"{_begin(name, code)}\n{text}\n{_end(name, code)}"
        for name, text in zip(SECTIONS, texts, strict=True)
        if text or name == "ANSWER"
    ]
    after = ["Score the ANSWER now, by the criterion alone.", *([_AGAIN] if ask > 1 else [])]
    return Question(
        (
            {"role": "system", "content": instructions.replace(CODE, code)},
            {"role": "user", "content": "\n\n".join([*fenced, "\n".join(after)])},
        ),
        cut,
    )


def read_fenced(messages: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the sections of a question by name, as `build` fenced them.

    Only lines with the code of the first line count, so it tells what a reader who keeps to
    the instructions takes for what. Empty when the messages are no such question.
    """
    text = messages[-1]["content"] if messages else ""
    opening = text.partition("\n")[0].split(" ")
    if len(opening) != 5 or opening[:2] != ["-----", "BEGIN"]:
        return {}
    code, found = opening[3], {}
    for name in SECTIONS:
        begin, end = f"{_begin(name, code)}\n", f"\n{_end(name, code)}"
        if begin in text and end in text:
            found[name] = text.partition(begin)[2].partition(end)[0]
    return found


def _begin(name: str, code: str) -> str:
    return f"----- BEGIN {name} {code} -----"


def _end(name: str, code: str) -> str:
    return f"----- END {name} {code} -----"


def _fitting(context: Sequence[str], tokens: int) -> tuple[str, bool]:
    """Return the passages as one text, cut at the end of a character if it is too long."""
    numbered = len(context) > 1
    passages = [f"[{n}] {text}" if numbered else text for n, text in enumerate(context, 1)]
    whole = "\n\n".join(passages)
    limit = tokens * BYTES_A_TOKEN
    data = whole.encode()
    if len(data) <= limit:
        return whole, False
    return f"{data[:limit].decode(errors='ignore')}\n{_CUT_NOTE}", True
