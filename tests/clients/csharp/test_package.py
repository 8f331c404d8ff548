"""The sources of the C# client are a package that people can build and read."""

import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
import urllib3

from registry.web.keys.snippets import Example, snippets
from tests.clients.csharp import mono
from tests.clients.server import Server

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


def test_what_the_server_offers_compiles_with_the_snippet_of_the_page_and_runs(
    server: Server, tmp_path: Path
) -> None:
    answer = urllib3.request("GET", f"{server.url}/clients/csharp/Promptcms.Client-0.1.0.zip")
    assert answer.status == 200
    zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path)
    unpacked = tmp_path / "Promptcms.Client"
    assert files_of(unpacked) == files_of(mono.CLIENT), "the example that the README names too"
    snippet = next(s for s in snippets(server.url, Example()) if s.title == "C#").code
    program = tmp_path / "Program.cs"
    program.write_text(as_program(snippet))
    done = mono.run(
        mono.compile(tmp_path / "app.exe", [program], client=unpacked),
        PROMPTCMS_URL=server.url,
        PROMPTCMS_KEY=server.key,
    )
    assert "…" in done.stdout, "the value of the snippet stands in the text"


def files_of(folder: Path) -> set[str]:
    """Return the paths of all files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def as_program(snippet: str) -> str:
    """Wrap statements as older compilers want them."""
    usings, statements = snippet.split("\n\n", 1)
    body = f"{statements}\nclient.Dispose();"
    run = "static async System.Threading.Tasks.Task Run() {\n" + body + "\n}"
    return f"{usings}\nclass App {{ static void Main() {{ Run().Wait(); }}\n{run}\n}}\n"
