"""`GET /api/public/projects`: whose key this is. SDKs ask it to check a pair of keys."""

from django.http import HttpRequest

from registry.runtime.langfuse.door import Document, reads_with_key
from registry.runtime.models import ApiKey


@reads_with_key
def projects(request: HttpRequest, key: ApiKey) -> Document:
    """Answer the one project of the key; there are no organizations here."""
    project = key.project
    ours = {"id": "promptcms", "name": "promptcms"}
    row = {"id": str(project.pk), "name": project.name, "organization": ours, "metadata": {}}
    return {"data": [row]}
