"""Lets the tests import the client from its folder, as it stands beside the product."""

import sys

import pytest

from tests.source import ROOT

SOURCE = ROOT / "promptcms" / "clients" / "python"
sys.path.insert(0, str(SOURCE))


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's own environment does not change what a test sees."""
    for name in ("URL", "KEY", "INGEST_KEY", "LABEL", "PIN", "SNAPSHOT", "OFFLINE", "SAMPLE_SHARE"):
        monkeypatch.delenv(f"PROMPTCMS_{name}", raising=False)
