"""The addresses of the audit trail and of the record of a version."""

from django.urls import path

from registry.web.audit.badge import audit_badge, audit_verify
from registry.web.audit.record import release_record
from registry.web.audit.views import audit, audit_event, audit_export

AUDIT = "projects/<slug:slug>/audit"
VERSION = "projects/<slug:slug>/prompts/<path:name>/versions/<str:semver>"

urlpatterns = [
    path(AUDIT, audit, name="audit"),
    path(AUDIT + "/badge", audit_badge, name="audit_badge"),
    path(AUDIT + "/verify", audit_verify, name="audit_verify"),
    path(AUDIT + "/export/csv", audit_export, {"kind": "csv"}, name="audit_csv"),
    path(AUDIT + "/export/jsonl", audit_export, {"kind": "jsonl"}, name="audit_jsonl"),
    path(AUDIT + "/<int:seq>", audit_event, name="audit_event"),
    path(VERSION + "/record", release_record, name="release_record"),
]
