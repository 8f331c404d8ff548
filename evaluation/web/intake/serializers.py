"""The shapes of what applications tell of their calls, for the OpenAPI document only.

Items are read by `evaluation.web.intake.body`: a thousand serializers a request would be slow.
"""

from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    DictField,
    FloatField,
    IntegerField,
    JSONField,
    ListField,
)

from evaluation.online.intake.observation import BUCKETS, MOST_DOLLARS, MOST_MS, MOST_TOKENS
from evaluation.web.intake.body import IDENTIFIER, MOST, VARIANTS
from registry.runtime.api.serializers import Shape


class AttachedSample(Shape):
    """The text of a call: kept for 14 days, private data masked."""

    input = JSONField(help_text="A text, or {variable: value}.")
    output = CharField(help_text="What the model answered.")
    words = {
        "context": ListField(
            child=CharField(), required=False, help_text="Texts it was to rest on."
        )
    }


class CallObserved(Shape):
    """One call. Leave out what you do not know."""

    words = {
        "label": CharField(
            required=False, max_length=40, help_text="What was asked for: production …"
        )
    }

    id = CharField(max_length=200, help_text="Yours, new for each call: sent again it counts once.")
    ts = DateTimeField(help_text="When the call was made: at most 24 hours ago.")
    prompt = CharField(max_length=300, help_text="Its name, or an old name of it.")
    version = CharField(max_length=40, help_text="2.4.0; or the revision, as a number.")
    variant = ChoiceField(choices=VARIANTS, required=False)
    rollout = IntegerField(required=False, min_value=0, help_text="From the fetch: rollout.id.")
    epoch = IntegerField(required=False, min_value=0, help_text="From the fetch: rollout.epoch.")
    assignment = CharField(required=False, max_length=20, help_text="hash, random or none.")
    bucket = IntegerField(required=False, min_value=0, max_value=BUCKETS - 1)
    unit = CharField(
        required=False, max_length=IDENTIFIER, help_text="Instead of the bucket. It is not kept."
    )
    error = BooleanField(required=False)
    error_type = CharField(
        required=False, max_length=500, help_text="compile: the text could not be filled."
    )
    message = CharField(required=False, max_length=500, help_text="It is not kept.")
    latency_ms = FloatField(required=False, min_value=0, max_value=MOST_MS)
    input_tokens = IntegerField(required=False, min_value=0, max_value=MOST_TOKENS)
    output_tokens = IntegerField(required=False, min_value=0, max_value=MOST_TOKENS)
    cost = FloatField(required=False, min_value=0, max_value=MOST_DOLLARS, help_text="US dollars.")
    scores = DictField(
        child=FloatField(min_value=0, max_value=1),
        required=False,
        help_text="By name, 0 to 1, higher is better; at most 20. More may come later under the "
        "same id.",
    )
    trace = CharField(required=False, max_length=IDENTIFIER, help_text="For scores of Langfuse.")
    sample = AttachedSample(required=False)


class ObservationBatch(Shape):
    """Calls, at most 1,000."""

    observations = CallObserved(many=True, help_text=f"At most {MOST:,}.")


class Rejected(Shape):
    """Why one item was not taken."""

    index = IntegerField(help_text="Its place in the list, from 0.")
    field = CharField(help_text="What it is about; empty for the whole item.")
    message = CharField(help_text="What is wrong and what to do next, for a person.")


class BatchAnswer(Shape):
    """What became of a batch."""

    taken = IntegerField(help_text="Counted now.")
    again = IntegerField(help_text="Counted before: nothing was added.")
    rejected = Rejected(many=True)
