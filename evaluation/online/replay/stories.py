"""The four stories of the replay: what changes, how its traffic looks, and what it shows."""

from dataclasses import dataclass

FIRST = (
    "You answer customers of Lumen Outdoor about {{topic}}. Be brief and friendly. "
    "Rest every sentence on the help centre."
)
USUAL_ERRORS = 0.004  # the share of calls that fail in production


@dataclass(frozen=True)
class Story:
    """A prompt, the sentence that its new version adds, and its traffic.

    `calls` an hour; `worse` is how much the new version loses of its score, `errors` the share
    of its calls that fail; `silent_after` are minutes of canary after which nobody reports;
    `by_hand` says that a person clicks each step. `answers` are a usual and a bad answer that
    its application attaches to some calls, None for no texts. `shows` says what there is to see.
    """

    prompt: str
    title: str
    adds: str
    shows: str
    calls: int = 4000
    worse: float = 0.0
    errors: float = USUAL_ERRORS
    scored: bool = True
    silent_after: int | None = None
    by_hand: bool = False
    answers: tuple[str, str] | None = None


STORIES = (
    Story(
        "replies/shipping",
        "Answers about shipping",
        " Always mention when the parcel arrives.",
        "a harmless change goes from 5 to 25, 50 and 100 % by itself",
    ),
    Story(
        "replies/returns",
        "Answers about returns",
        " Always offer a refund.",
        "a harmful change is rolled back by itself",
        worse=0.06,
        errors=0.01,
        answers=(
            "You can send it back within 30 days, unused and in its packaging. Once it is with "
            "us, the money comes back within a week.",
            "No problem, I have refunded you in full already. Keep it or give it to a friend: "
            "there is no need to send anything back.",
        ),
    ),
    Story(
        "replies/invoices",
        "Answers about invoices",
        " Always mention the number of the invoice.",
        "nobody reports any more, so it is held",
        silent_after=40,
    ),
    Story(
        "replies/warranty",
        "Answers about the warranty",
        " Always mention the number of the warranty.",
        "too few calls to measure: a person clicks each step",
        calls=30,
        scored=False,
        by_hand=True,
    ),
)
