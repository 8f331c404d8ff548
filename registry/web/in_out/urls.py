"""The addresses of import, adoption and export."""

from django.urls import path

from registry.web.in_out.adoption import prompts_adopt
from registry.web.in_out.export import prompts_export, prompts_export_file
from registry.web.in_out.importing import prompts_import

PROJECT = "projects/<slug:slug>"

urlpatterns = [
    path(PROJECT + "/import", prompts_import, name="prompts_import"),
    path(PROJECT + "/adopt", prompts_adopt, name="prompts_adopt"),
    path(PROJECT + "/export", prompts_export, name="prompts_export"),
    path(PROJECT + "/export.zip", prompts_export_file, name="prompts_export_file"),
]
