"""Our clients as files to install: public, the same bytes each time, nothing but their own."""

import io
import json
import tarfile
import zipfile

import pytest
from django.test import Client

from registry.web.keys import packages
from registry.web.keys.packages import RECIPES, SOURCES, Recipe, package
from tests.source import ROOT

NAMES = [recipe.language for recipe in RECIPES]
TYPES = {"python": "application/zip", "node": "application/gzip", "csharp": "application/zip"}
ADDRESSES = {recipe.language: f"/clients/{recipe.language}/{recipe.filename}" for recipe in RECIPES}


@pytest.fixture(params=RECIPES, ids=NAMES)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    one: Recipe = request.param
    return one


def names_in(recipe: Recipe) -> list[str]:
    """Return the names of the files in a package."""
    content = io.BytesIO(package(recipe).content)
    if recipe.language == "node":
        return tarfile.open(fileobj=content).getnames()
    return zipfile.ZipFile(content).namelist()


def test_anybody_may_download_a_client_and_ask_whether_it_changed(db: None, recipe: Recipe) -> None:
    client = Client()
    answer = client.get(ADDRESSES[recipe.language])
    assert (answer.status_code, answer["Content-Type"]) == (200, TYPES[recipe.language])
    assert recipe.filename in answer["Content-Disposition"]
    again = client.get(ADDRESSES[recipe.language], headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "Set-Cookie" not in answer
    assert client.post(ADDRESSES[recipe.language]).status_code == 405


@pytest.mark.parametrize("path", ["python/other.whl", "ruby/x.gem"])
def test_there_are_only_these_files(db: None, path: str) -> None:
    answer = Client().get(f"/clients/{path}")
    assert (answer.status_code, "ETag" in answer) == (404, False)
    assert ADDRESSES["python"] in answer.content.decode()


def test_a_package_is_built_once_and_the_same_each_time(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = package(recipe)
    assert package(recipe) is first
    monkeypatch.setattr(packages, "_built", {})
    assert package(recipe) == first


def test_a_package_holds_the_sources_of_its_client_and_nothing_else(recipe: Recipe) -> None:
    names = names_in(recipe)
    source = SOURCES / recipe.language
    if recipe.language == "python":
        own = {f"promptcms_client/{p.name}" for p in (source / "promptcms_client").glob("*.py")}
        rest = {"promptcms_client/py.typed", "promptcms_client/examples/chat_handler.py"}
        assert own | rest == {n for n in names if ".dist-info" not in n}
    elif recipe.language == "node":
        named = json.loads((source / "package.json").read_text())["files"]
        assert {"package/package.json", "package/README.md"} <= set(names)
        assert {name.split("/")[1] for name in names} == {"package.json", *named}
    else:
        own = {f"Promptcms.Client/{path.name}" for path in source.glob("*.cs")}
        rest = {"Promptcms.Client.csproj", "README.md", "examples/Chat.cs"}
        assert set(names) == own | {f"Promptcms.Client/{name}" for name in rest}
    assert not [name for name in names if "__pycache__" in name]


def test_the_name_of_a_file_is_the_version_of_its_client() -> None:
    said = {
        "python": (SOURCES / "python/pyproject.toml").read_text(),
        "node": (SOURCES / "node/package.json").read_text(),
        "csharp": (SOURCES / "csharp/Promptcms.Client.csproj").read_text(),
    }
    for recipe in RECIPES:
        assert "0.1.0" in recipe.filename
        assert "0.1.0" in said[recipe.language]


def test_the_image_of_the_product_takes_the_clients_along() -> None:
    left_out = (ROOT / ".dockerignore").read_text().splitlines()
    assert "!promptcms" in left_out
    assert not [line for line in left_out if line.startswith("promptcms/clients")]
