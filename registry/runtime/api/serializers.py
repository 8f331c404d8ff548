"""The shapes of the answers, for the OpenAPI document; its tests hold them to what is sent."""

from copy import deepcopy
from typing import Any

from rest_framework.fields import Field
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    DictField,
    IntegerField,
    JSONField,
    ListField,
    Serializer,
)

from registry.runtime.question import LABELS

KINDS = ("text", "chat")
ROLLOUT_KINDS = ("ship", "ab")
KIND = "text: one template. chat: a list of messages."


def number(says: str, **more: Any) -> CharField:
    """Return a field that holds a version's number."""
    return CharField(help_text=f"{says}, such as 2.4.0.", **more)


class Shape(Serializer[Any]):
    """The shape of a JSON object. `words` are fields whose names are taken in Python."""

    words: dict[str, Field[Any, Any, Any, Any]] = {}

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, those named by `words` first."""
        return {**deepcopy(self.words), **super().get_fields()}


class Message(Shape):
    """A chat message, or a place for the application's own messages."""

    role = CharField(required=False)
    content = CharField(required=False)
    type = CharField(required=False, help_text="placeholder, for a place")
    name = CharField(required=False, help_text="Of a place.")


class Variable(Shape):
    """What the application sends for `{{name}}`."""

    words = {"required": BooleanField()}
    name = CharField()
    type = ChoiceField(choices=("string", "number", "integer", "boolean"))
    default = JSONField(allow_null=True)
    description = CharField()
    example = CharField()


class ExactVersion(Shape):
    """The frozen fields of a version; `digest` is over all that is served but the number."""

    name = CharField()
    kind = ChoiceField(choices=KINDS, help_text=KIND)
    version = number("The version")
    revision = IntegerField(help_text="1, 2, 3 … within the prompt.")
    digest = CharField(help_text="SHA-256 in hexadecimal.")
    template = CharField(required=False, help_text="Of a text prompt.")
    messages = Message(many=True, required=False, help_text="Of a chat prompt.")
    config = DictField(help_text="The model and its parameters.")
    variables = Variable(many=True)
    output_schema = DictField(allow_null=True, help_text="JSON Schema of the model's answer.")


class RolloutShare(Shape):
    """A canary: give `treatment` to units of which the bucket is below `percent`."""

    id = IntegerField()
    epoch = IntegerField(help_text="Rises with each change of the rollout.")
    salt = CharField()
    percent = IntegerField(min_value=0, max_value=100)
    kind = ChoiceField(choices=ROLLOUT_KINDS)
    treatment = ExactVersion(required=False, help_text="Left out where the server chose.")


class ServedPrompt(ExactVersion):
    """A prompt under a label. An exact version has its frozen fields only."""

    words = {"label": ChoiceField(choices=LABELS, required=False)}
    label_rev = IntegerField(required=False, help_text="Rises with each move of the label.")
    rollout = RolloutShare(allow_null=True, required=False)
    labels = ListField(
        child=CharField(), required=False, help_text="Labels of the version that the key may read."
    )
    variant = ChoiceField(
        choices=("control", "treatment"), required=False, help_text="What the server chose."
    )
    assignment = ChoiceField(
        choices=("hash", "random"), required=False, help_text="random: no unit was named."
    )


class ListedPrompt(Shape):
    """A prompt in a list."""

    name = CharField()
    title = CharField()
    kind = ChoiceField(choices=KINDS, help_text=KIND)
    labels = DictField(child=CharField(), help_text="What each label answers: its version.")
    archived = BooleanField(help_text="Put away by its owners; it is served on.")


class PromptList(Shape):
    """Prompts by name."""

    prompts = ListedPrompt(many=True)
    next = CharField(allow_null=True, help_text="Send it as `after` to read on.")


class Bundle(Shape):
    """What a label answers for each prompt."""

    words = {"label": ChoiceField(choices=LABELS)}
    generation = CharField()
    prompts = DictField(child=ServedPrompt(), help_text="By name; old names are not listed.")


class ListedVersion(Shape):
    """A version in a list."""

    version = number("The version")
    revision = IntegerField()
    digest = CharField()
    created_at = DateTimeField()
    reason = CharField(help_text="Why it was written.")
    labels = ListField(child=CharField(), help_text="Those it holds that the key may read.")


class VersionList(Shape):
    """Versions, the newest first."""

    name = CharField()
    versions = ListedVersion(many=True)
    next = IntegerField(allow_null=True, help_text="Send it as `after` to read on.")


class ChangedField(Shape):
    """A field that differs; the side that lacks it says null."""

    words = {"from": JSONField(allow_null=True)}
    path = CharField(help_text="Its place, such as stop.max_tokens.")
    what = ChoiceField(choices=("added", "removed", "changed"))
    to = JSONField(allow_null=True)


class RenamedVariable(Shape):
    """A variable that has another name."""

    words = {"from": CharField()}
    to = CharField()


class ChangedVariables(Shape):
    """What happened to the variables; `changed` is in their declarations."""

    added = ListField(child=CharField())
    removed = ListField(child=CharField())
    renamed = RenamedVariable(many=True)
    changed = ChangedField(many=True)


class Difference(Shape):
    """What changed from one version to another."""

    words = {"from": number("The older version")}
    name = CharField()
    to = number("The newer version")
    same = BooleanField()
    summary = ListField(child=CharField(), help_text="In words, the most telling first.")
    unified = CharField(help_text="A unified diff of everything served; empty when the same.")
    config = ChangedField(many=True)
    output_schema = ChangedField(many=True)
    variables = ChangedVariables()


class Serving(Shape):
    """What a label answered, since when and by whom."""

    words = {"label": ChoiceField(choices=LABELS)}
    version = number("The version")
    since = DateTimeField()
    by = CharField()
    reason = CharField()


class CanaryShare(Shape):
    """The version that a canary gave to a share of production."""

    version = number("The version")
    percent = IntegerField(min_value=1, max_value=100)


class Move(Shape):
    """A move of a label."""

    words = {
        "label": ChoiceField(choices=LABELS),
        "from": number("The version before", allow_null=True),
    }
    rev = IntegerField(help_text="1, 2, 3 … for each label.")
    at = DateTimeField()
    to = number("The version after")
    by = CharField()
    reason = CharField()
    rollout = IntegerField(allow_null=True)


class Ledger(Shape):
    """What the labels of a prompt served at a moment, and the moves up to it."""

    name = CharField()
    at = DateTimeField(allow_null=True, help_text="The moment asked for; null for now.")
    served = Serving(many=True)
    canary = CanaryShare(allow_null=True)
    moves = Move(many=True)
    next = IntegerField(allow_null=True, help_text="Send it as `after` to read on.")


class RollBack(Shape):
    """Why to go back, and from what."""

    reason = CharField(max_length=1000)
    version = number("What is bad: an alarm that fires twice goes back once", required=False)
    to = number("Where to; otherwise what was served before", required=False)


class RolledBack(Shape):
    """What production serves afterwards."""

    name = CharField()
    production = number("The version", allow_null=True)
    read_back = CharField(help_text="What fetching gave afterwards, and who has not asked since.")
