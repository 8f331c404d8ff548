"""The Celery application: wakes workers; the database remains the queue of record."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")

app = Celery("promptcms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["evaluation.offline"])
