"""What the fetches of this process cost and how true its memory is, for Prometheus.

A scrape reaches one of several processes, so every figure names its process.
"""

import os
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from registry.runtime import process
from registry.runtime.mount import Mount

Family = CounterMetricFamily | GaugeMetricFamily


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the figures of this process as text; only comments where nothing is mounted."""
    registry = CollectorRegistry(auto_describe=False)
    if process.mount is not None:
        registry.register(FetchCollector(process.mount))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class FetchCollector(Collector):
    """Reads the counters of a mount when it is asked, so that counting costs nothing else."""

    def __init__(self, mount: Mount) -> None:
        self._mount = mount

    def collect(self) -> Iterable[Family]:
        """Yield counts by outcome, and the memory's age, size and generation."""
        fetches = CounterMetricFamily(
            "promptcms_fetches",
            "Fetches answered before Django: answered (200), unchanged (304), refused.",
            labels=["process", "outcome"],
        )
        for outcome, count in self._mount.counts.read().items():
            fetches.add_metric([_process(), outcome], count)
        yield fetches
        memory = self._mount.memory
        answers, size = memory.size
        yield _gauge("behind_seconds", "0, or how old the last good look is.", memory.behind or 0)
        yield _gauge("generation", "Changes to what is served.", memory.generation.number)
        yield _gauge("memory_answers", "Answers kept in memory.", answers)
        yield _gauge("memory_bytes", "Bytes they take, about.", size)
        yield _gauge("memory_fills", "Answers read from the database.", memory.fills)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"promptcms_fetch_{name}", words, labels=["process"])
    family.add_metric([_process()], value)
    return family


def _process() -> str:
    return str(os.getpid())
