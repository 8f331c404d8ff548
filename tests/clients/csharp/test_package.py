"""The sources of the C# client are a package that people can build and read."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.clients.csharp import mono

pytestmark = pytest.mark.slow


def test_the_project_is_netstandard_without_any_package() -> None:
    project = ET.parse(mono.CLIENT / "Promptcms.Client.csproj")
    settings = {item.tag: item.text for item in project.iter()}
    assert settings["TargetFramework"] == "netstandard2.0"
    assert settings["Version"] == "0.1.0"
    assert "promptcms-csharp/0.1.0" in (mono.CLIENT / "ClientHeader.cs").read_text()
    assert [item for item in project.iter() if item.tag.endswith("Reference")] == []


def test_everything_public_is_explained(tmp_path: Path) -> None:
    explained = tmp_path / "client.xml"
    mono.compile(tmp_path / "client.dll", [], "-target:library", f"-doc:{explained}")
    names = {item.get("name", "") for item in ET.parse(explained).iter("member")}
    assert "T:Promptcms.Client.PromptClient" in names
    assert any(name.startswith("M:Promptcms.Client.PromptClient.GetPromptAsync") for name in names)
