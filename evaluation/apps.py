"""How good it is: before release on golden datasets, afterwards on live traffic."""

from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    """Golden datasets, runs, checks and model connections."""

    name = "evaluation"
    verbose_name = "Evaluation"
