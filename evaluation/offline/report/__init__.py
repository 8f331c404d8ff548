"""What a run found, ready to be shown: the verdict in words, boxes of figures, cases in groups."""

from evaluation.offline.report.cases import CaseLine, RuleLine, case_lines, results_of, rule_lines
from evaluation.offline.report.whole import SHOWN, Group, RunReport, report

__all__ = [
    "SHOWN",
    "CaseLine",
    "Group",
    "RuleLine",
    "RunReport",
    "case_lines",
    "report",
    "results_of",
    "rule_lines",
]
