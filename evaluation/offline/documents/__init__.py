"""A run as files: JSON holds everything, JUnit, CSV and Markdown are written from the same.

`head_of(run)` is the run in plain values, `cases_of(run)` yields its cases; both together are
the JSON document. The writers take only such plain values, so that they also work on a document
that was read back from a file or from the API.
"""

from evaluation.offline.documents.gather import SCHEMA, cases_of, document_of, head_of
from evaluation.offline.documents.json_text import json_of
from evaluation.offline.documents.junit import junit_of
from evaluation.offline.documents.markdown import markdown_of
from evaluation.offline.documents.table import csv_of

__all__ = [
    "SCHEMA",
    "cases_of",
    "csv_of",
    "document_of",
    "head_of",
    "json_of",
    "junit_of",
    "markdown_of",
]
