"""The npm package as an application gets it: packed, installed, required, imported, typed."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.node.node import CLIENT, environment, npm, run
from tests.clients.server import Server

NAMES = [
    *("BadRequestError", "Client", "ConfigError", "FakeClient", "ForbiddenError", "NotFoundError"),
    *("PromptcmsError", "TemplateError", "UnauthorizedError", "UnavailableError", "bucketOf"),
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an application into which the packed client was installed."""
    folder = tmp_path_factory.mktemp("application")
    (folder / "package.json").write_text('{"private": true}')
    _npm(folder, "pack", str(CLIENT), "--silent")
    _npm(folder, "install", "./promptcms-client-0.1.0.tgz", "--offline", "--no-audit", "--silent")
    return folder


def test_the_package_holds_the_client_and_nothing_else(installed: Path) -> None:
    package = installed / "node_modules/promptcms-client"
    top = {path.name for path in package.iterdir()}
    assert top == {
        *("README.md", "bin", "examples", "index.cjs", "index.d.ts", "index.mjs", "lib"),
        "package.json",
    }
    assert {path.name for path in (package / "lib").iterdir()} == {
        path.name for path in (CLIENT / "lib").iterdir()
    }
    described = json.loads((package / "package.json").read_text())
    assert described["version"] == "0.1.0"
    assert "dependencies" not in described
    assert "scripts" not in described


def test_it_is_required_and_imported_with_the_same_names(installed: Path) -> None:
    shown = "console.log(JSON.stringify(Object.keys(all).sort()))"
    required = run("-e", f"const all = require('promptcms-client'); {shown}", cwd=installed)
    assert json.loads(required.stdout) == NAMES
    module = f"import * as all from 'promptcms-client'; {shown}"
    imported = run("--input-type=module", "-e", module, cwd=installed)
    assert json.loads(imported.stdout) == sorted([*NAMES, "default"])
    same = "import {Client} from 'promptcms-client'; import all from 'promptcms-client';"
    check = run(
        "--input-type=module", "-e", f"{same} console.log(Client === all.Client)", cwd=installed
    )
    assert check.stdout == "true\n"


def test_the_server_offers_the_same_package(server: Server, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"private": true}')
    address = f"{server.url}/clients/node/promptcms-client-0.1.0.tgz"
    _npm(tmp_path, "install", address, "--no-audit", "--silent")
    package = tmp_path / "node_modules/promptcms-client"
    for name in ("lib/client.js", "index.d.ts", "README.md"):
        assert (package / name).read_bytes() == (CLIENT / name).read_bytes()
    shown = "console.log(typeof require('promptcms-client').Client)"
    assert run("-e", shown, cwd=tmp_path).stdout == "function\n"
    command = tmp_path / "node_modules/.bin/promptcms-client"
    assert os.access(command, os.X_OK)


def test_its_command_is_installed(installed: Path) -> None:
    command = installed / "node_modules/.bin/promptcms-client"
    assert command.exists()
    assert "pull" in run(command, "--help", cwd=installed).stdout


def test_the_fake_stands_in_for_the_client_in_an_applications_tests(installed: Path) -> None:
    program = """
        import {FakeClient} from "promptcms-client";
        const fake = new FakeClient({
          greeting: "Hello {{name}}",
          canary: {template: "Old {{a}}", rollout: {percent: 100, treatment: {
            version: "1.1.0", template: "New {{a}} {{b}}"}}},
        });
        const all = [(await fake.getPrompt("greeting")).compile({name: "Zoe"})];
        all.push((await fake.getPrompt("canary", {unit: 1})).compile({a: 1, b: 2}));
        const poor = await fake.getPrompt("canary", {unit: 1});
        all.push(poor.compile({a: 1}), poor.variant, fake.reported[0].error_type);
        all.push(await fake.getPrompt("none").catch((error) => error.kind));
        const last = await fake.getPrompt("none", {fallback: "Bye"});
        all.push(last.compile(), last.state);
        console.log(JSON.stringify(all));
    """
    done = run("--input-type=module", "-e", program, cwd=installed)
    wanted = ["Hello Zoe", "New 1 2", "Old 1", "control", "compile", "not_found", "Bye", "fallback"]
    assert json.loads(done.stdout) == wanted


@pytest.mark.skipif(not shutil.which("tsc"), reason="no TypeScript compiler (tsc) on PATH")
def test_the_types_know_each_prompts_variables(installed: Path) -> None:
    program = """
        import {Client, FakeClient, type PromptClient} from "promptcms-client";
        import "./prompts.js";
        const client: PromptClient = new FakeClient({});
        const real: PromptClient = new Client({url: "http://prompts.example", key: "pcms_x"});
        const system = await client.getPrompt("support/system");
        system.compile({company: "Lumen", plan: undefined});
        // @ts-expect-error company is required
        system.compile({});
        // @ts-expect-error there is no such variable
        system.compile({company: "Lumen", comapny: "x"});
        (await real.getPrompt("any/other")).compile({anything: 1});
    """
    (installed / "check.mts").write_text(program)
    snapshot = installed / "snapshot.json"
    contract = json.loads((CLIENT.parent / "contract.json").read_text())
    prompts = {"support/system": contract["documents"]["rolling"]}
    snapshot.write_text(
        json.dumps({"generation": "a:1", "label": "production", "prompts": prompts})
    )
    bin = CLIENT / "bin/promptcms-client.cjs"
    run(bin, "types", "--snapshot", snapshot, "--out", installed / "prompts.d.ts")
    options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"]
    done = subprocess.run(
        ["tsc", *options, "check.mts"], cwd=installed, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def _npm(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        [*npm(), *arguments],
        cwd=folder,
        env=environment({"npm_config_update_notifier": "false"}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
