"""What is written: prompts, their frozen versions, and people's drafts."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from registry.domain.content import Content


class Kind(models.TextChoices):
    TEXT = "text", "Text"
    CHAT = "chat", "Chat messages"


class Prompt(models.Model):
    """A named thing that applications fetch."""

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="prompts")
    name = models.CharField(max_length=128)
    title = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    description = models.TextField(blank=True)
    tags = models.JSONField(default=list, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="prompt_name_once"),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="prompt_by_name"),
            # Of the archived alone: the others are walked by name.
            models.Index(
                fields=["archived_at"],
                name="prompt_by_archived",
                condition=models.Q(archived_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Alias(models.Model):
    """An old or imported name under which a prompt is still served; any characters."""

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="aliases")
    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="alias_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ContentFields(models.Model):
    """The fields that a version and a draft share; `registry.domain.content` reads them."""

    content = models.JSONField(help_text="Text, or a list of messages.")
    config = models.JSONField(default=dict, help_text="Model and its parameters.")
    output_schema = models.JSONField(null=True, blank=True)
    variables = models.JSONField(default=list, help_text="Declared variables.")

    class Meta:
        abstract = True

    def as_content(self) -> Content:
        """Return what this row says. Raises ContentError for an unfinished draft."""
        prompt: Prompt = self.prompt  # type: ignore[attr-defined]
        return Content.from_fields(
            prompt.kind, self.content, self.config, self.output_schema, self.variables
        )


class Version(ContentFields):
    """Frozen text, config and number; the database refuses any change."""

    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="versions")
    revision = models.PositiveIntegerField()
    major = models.PositiveIntegerField()
    minor = models.PositiveIntegerField()
    patch = models.PositiveIntegerField()
    bump = models.CharField(max_length=5, help_text="Against the base: MAJOR, MINOR or PATCH.")
    base = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="derived")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    change_reason = models.TextField()
    digest = models.CharField(max_length=64)
    answers = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answered_by",
        help_text="The version for which a reviewer had asked for changes.",
    )
    origin = models.JSONField(
        null=True,
        blank=True,
        help_text="Of an adopted version: source, author, time there. Not evaluated here.",
    )
    # The browser sends it with each save, so that a double click saves one version.
    save_token = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["prompt", "major", "minor", "patch"], name="version_number_once"
            ),
            models.UniqueConstraint(fields=["prompt", "revision"], name="revision_once"),
            models.CheckConstraint(
                condition=~models.Q(change_reason=""), name="change_reason_given"
            ),
            models.CheckConstraint(
                condition=models.Q(bump__in=["MAJOR", "MINOR", "PATCH"]), name="bump_known"
            ),
        ]
        indexes = [
            models.Index(fields=["digest"], name="version_by_digest"),
            models.Index(fields=["major", "minor", "patch"], name="version_by_number"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} {self.semver}"

    @property
    def semver(self) -> str:
        """`2.4.0`"""
        return f"{self.major}.{self.minor}.{self.patch}"


class Draft(ContentFields):
    """One person's unsaved work on a prompt."""

    prompt = models.ForeignKey(Prompt, models.PROTECT, related_name="drafts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    base = models.ForeignKey(Version, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    rev = models.PositiveIntegerField(default=0, help_text="Rises with each save of the draft.")
    sources = models.JSONField(
        default=list,
        help_text="Ids of versions whose text is in it besides the base's: their writers "
        "contribute to what it becomes.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    discarded_at = models.DateTimeField(null=True, blank=True)
    saved_as = models.ForeignKey(
        Version,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What it became; a draft that became nothing can be taken back.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["prompt", "person"],
                name="one_draft_per_person",
                condition=models.Q(discarded_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"draft of {self.person} on {self.prompt}"


class Adoption(models.Model):
    """A history taken over from another place, once, before anything was served here.

    Its versions keep their revisions and say where they came from (`Version.origin`), and
    its labels stand as they stood there, without an evaluation here.
    """

    prompt = models.OneToOneField(Prompt, models.PROTECT, related_name="adoption")
    source = models.CharField(max_length=40, help_text="langfuse or promptcms.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.prompt} adopted from {self.source}"


class PromptUpload(models.Model):
    """Files that somebody is importing: kept until they became prompts, so nothing is lost.

    One per project and person; the next one takes its place.
    """

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="uploads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    files = models.JSONField(default=list, help_text="[{name, text}]")
    choices = models.JSONField(default=dict, help_text="What was chosen in the dry run.")
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "person"], name="one_prompt_upload_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{len(self.files)} files of {self.person}"
