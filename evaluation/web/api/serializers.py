"""The shapes of what CI sends and reads, for the OpenAPI document."""

from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    DictField,
    FloatField,
    IntegerField,
    ListField,
)

from registry.runtime.api.serializers import KIND, KINDS, Message, Shape

OUTCOMES = ("pass", "fail", "inconclusive", "error")


class NewEvaluation(Shape):
    """A text to evaluate that is no version: what a pull request would change."""

    prompt = CharField(max_length=128, help_text="Its name.")
    kind = ChoiceField(choices=KINDS, required=False, help_text=KIND)
    template = CharField(required=False, help_text="Of a text prompt.")
    messages = Message(many=True, required=False, help_text="Of a chat prompt.")
    config = DictField(required=False, allow_null=True)
    output_schema = DictField(required=False, allow_null=True)
    variables = ListField(child=DictField(), required=False, help_text="Each with its name.")
    baseline = CharField(
        required=False, max_length=40, help_text="label:production, or a number such as 2.4.0."
    )
    ref = CharField(required=False, max_length=200, help_text="Yours: a commit, a pull request.")
    fresh_baseline = BooleanField(required=False, help_text="Ask the baseline anew.")
    repeat = IntegerField(required=False, allow_null=True, min_value=1, max_value=3)
    second_look = BooleanField(required=False)
    margin = FloatField(
        required=False, allow_null=True, help_text="The drop to tolerate: above 0, at most 0.5."
    )


class EvaluationPlace(Shape):
    """Where to read an evaluation."""

    id = IntegerField()
    state = CharField(help_text="queued, running, finished …")
    finished = BooleanField()
    page = CharField(help_text="Its report, for people.")


class Subject(Shape):
    """A version or a candidate; a candidate has no number."""

    version = CharField(allow_null=True)
    digest = CharField()
    ref = CharField(required=False)


class SnapshotFacts(Shape):
    """The golden cases that were asked."""

    dataset = CharField()
    number = IntegerField()
    digest = CharField()
    cases = IntegerField()


class Usage(Shape):
    """What it took."""

    calls = IntegerField()
    input_tokens = IntegerField()
    output_tokens = IntegerField()


class Evaluation(EvaluationPlace):
    """An evaluation: its state, and once it has ended what came out."""

    schema = IntegerField(help_text="Of this document: 1.")
    run = IntegerField()
    project = CharField()
    prompt = CharField()
    candidate = Subject()
    baseline = Subject(allow_null=True)
    risk = CharField()
    attempt = IntegerField()
    outcome = ChoiceField(choices=OUTCOMES, allow_null=True, help_text="null while it is open.")
    simulated = BooleanField(help_text="No real model answered.")
    headline = CharField()
    reasons = ListField(child=CharField())
    metrics = DictField(help_text="By name: n, mean, baseline_mean, and more for a judge.")
    groups = DictField(child=ListField(child=CharField()), help_text="Ids of cases by group.")
    snapshot = SnapshotFacts()
    smoke = BooleanField()
    checks = ListField(child=DictField())
    judges = ListField(child=DictField())
    thresholds = DictField()
    connection = CharField()
    policy = IntegerField()
    look = IntegerField()
    repeats = IntegerField()
    again = ListField(child=CharField(), help_text="Cases that were asked more often.")
    usage = Usage()
    cost = FloatField(help_text="US dollars.")
    unpriced_calls = IntegerField()
    created_at = DateTimeField()
    started_at = DateTimeField(allow_null=True)
    finished_at = DateTimeField(allow_null=True)
    seconds = FloatField(allow_null=True)


class GivenAnswer(Shape):
    """An answer of the model, and what it took."""

    repeat = IntegerField()
    taken_over = BooleanField()
    output = CharField()
    error = CharField()
    finish_reason = CharField()
    passed = BooleanField()
    latency_ms = FloatField(allow_null=True)
    calls = IntegerField()
    input_tokens = IntegerField(allow_null=True)
    output_tokens = IntegerField(allow_null=True)
    cost = FloatField(allow_null=True)
    model = CharField()


class CaseOutcome(Shape):
    """A golden case: the answers to it, the rules and the scores."""

    id = CharField()
    group = CharField(allow_null=True)
    tags = ListField(child=CharField())
    query = CharField()
    why = CharField()
    judge_disagreed = BooleanField()
    rules = ListField(child=DictField())
    scores = DictField()
    candidate = GivenAnswer(many=True)
    baseline = GivenAnswer(many=True, allow_null=True)


class CaseList(Shape):
    """Cases in the order of the run."""

    cases = CaseOutcome(many=True)
    next = IntegerField(allow_null=True, help_text="Send it as `after` to read on.")
