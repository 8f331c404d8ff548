"""How soon a click on "Roll back" reaches a running application of each language.

Run: `python -m tests.benchmarks.clients_reach`. The product, three applications with our
clients at their defaults (a refresh each 10 s), and Lea in a real Chromium who rolls a prompt
back. Then a backup is put back under the running applications, which must accept it though
its generation is lower. Told: seconds from the click to the first use of the other version.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests import services
from tests.clients.csharp import mono
from tests.clients.server import Server, running
from tests.source import ROOT

NAME = "support/other"
PASSWORD = "correct horse battery"  # of the people in tests.stages, which needs a database
PYTHON = """
import time
from promptcms_client import Client
client, last = Client(), None
while True:
    prompt = client.get_prompt("support/other")
    if prompt.version != last:
        last = prompt.version
        print(time.time(), last, prompt.generation, flush=True)
    time.sleep(0.02)
"""
NODE = """
const { Client } = require("CLIENT");
const client = new Client();
let last = null;
setInterval(async () => {
  const prompt = await client.getPrompt("support/other");
  if (prompt.version !== last) {
    last = prompt.version;
    console.log(Date.now() / 1000, last, prompt.generation);
  }
}, 20);
"""
CSHARP = """
using System;
using System.Threading;
using Promptcms.Client;
class App {
  static void Main() {
    var client = new PromptClient();
    string last = null;
    while (true) {
      var prompt = client.GetPrompt("support/other");
      if (prompt.Version != last) {
        last = prompt.Version;
        var now = (DateTime.UtcNow - new DateTime(1970, 1, 1)).TotalSeconds;
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        Console.WriteLine(now.ToString("R", culture) + " " + last + " " + prompt.Generation);
        Console.Out.Flush();
      }
      Thread.Sleep(20);
    }
  }
}
"""


class Application:
    """A running application; `seen` holds (moment, version, generation)."""

    def __init__(self, language: str, command: list[str], server: Server, stack: ExitStack) -> None:
        self.language = language
        self.seen: list[tuple[float, str, str]] = []
        environment = {
            **os.environ,
            "PROMPTCMS_URL": server.url,
            "PROMPTCMS_KEY": server.key,
            "PYTHONPATH": str(ROOT / "promptcms/clients/python"),
        }
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, text=True
        )
        stack.callback(self._process.kill)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            moment, version, generation = line.split()
            self.seen.append((float(moment), version, generation))

    def wait_for(self, version: str, since: float) -> float:
        """Return when it first used `version` after `since`."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            for moment, seen, _ in list(self.seen):
                if seen == version and moment >= since:
                    return moment
            time.sleep(0.05)
        raise SystemExit(f"{self.language} never used {version}: {self.seen}")


def main() -> None:
    """Measure, and print a line for each application."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        server = stack.enter_context(running())
        server.run(f"stages.in_production(world, prompt('{NAME}'), stages.PATCH_TEXT)")
        applications = [
            Application(language, command, server, stack)
            for language, command in _commands(folder).items()
        ]
        for one in applications:
            one.wait_for("1.0.1", 0)
        backup = folder / "backup.sqlite3"
        _manage(server, "backup", str(backup))
        clicked = _roll_back(server)
        print("from the click on “Roll back” to its first use")
        for one in applications:
            print(f"  {one.language:8} {one.wait_for('1.0.0', clicked) - clicked:6.2f} s")
        before = {one.language: one.seen[-1][2] for one in applications}
        server.stop()
        _manage(server, "restore", str(backup))
        started = time.time()
        server.start()
        print("from the start after a restore to its first use")
        for one in applications:
            took = one.wait_for("1.0.1", started) - started
            print(f"  {one.language:8} {took:6.2f} s   {before[one.language]} → {one.seen[-1][2]}")


def _commands(folder: Path) -> dict[str, list[str]]:
    """Return how each application is started."""
    (folder / "app.py").write_text(PYTHON)
    node_client = str(ROOT / "promptcms/clients/node")
    (folder / "app.cjs").write_text(NODE.replace("CLIENT", node_client))
    found = {"Python": [sys.executable, str(folder / "app.py")]}
    if node := shutil.which("node"):
        found["Node"] = [node, str(folder / "app.cjs")]
    if mono.is_here():
        (folder / "App.cs").write_text(CSHARP)
        program = mono.compile(folder / "app.exe", [folder / "App.cs"])
        found["C#"] = ["mono", str(program)]
    return found


def _roll_back(server: Server) -> float:
    """Let Lea click; return the moment of the click."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=services.chromium(), args=services.BROWSER_FLAGS
        )
        page = browser.new_page(base_url=server.url)
        page.goto("/login/?next=/")
        page.fill("input[name=username]", "lea")
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url(f"{server.url}/")
        page.goto(f"/projects/shop/prompts/{NAME}")
        button = page.get_by_role("button", name="Roll back").first
        button.wait_for()
        clicked = time.time()
        button.click()
        page.wait_for_load_state()
        page.close()
        browser.close()
        return clicked


def _manage(server: Server, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**server.environment(), "PROMPTCMS_NO_BOOTSTRAP": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


if __name__ == "__main__":
    main()
