"""The addresses of golden datasets."""

from django.urls import path

from evaluation.web import datasets, imports
from evaluation.web.golden import case, compare, edit, export, from_result

PROJECT = "projects/<slug:slug>/"
DATASET = PROJECT + "datasets/<int:pk>"

urlpatterns = [
    path(PROJECT + "datasets/new", datasets.new_dataset, name="new_dataset"),
    path(DATASET, datasets.show_dataset, name="dataset"),
    path(DATASET + "/import", imports.import_cases, name="import_cases"),
    path(DATASET + "/case", case.show_case, name="case"),
    path(DATASET + "/edit", edit.edit_dataset, name="dataset_edit"),
    path(DATASET + "/edit/new", case.new_case_page, name="case_new"),
    path(DATASET + "/edit/case", case.edit_case, name="case_edit"),
    path(
        DATASET + "/compare/<int:old>...<int:new>",
        compare.compare_snapshots,
        name="dataset_compare",
    ),
    path(DATASET + "/export/<slug:form>", export.export_cases, name="dataset_export"),
    path(
        PROJECT + "runs/results/<int:pk>/case",
        from_result.case_from_result,
        name="case_from_result",
    ),
]
