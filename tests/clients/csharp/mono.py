"""The C# client under Mono: compiling it, running it, and driving one from a test."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.source import ROOT

CLIENT = ROOT / "promptcms/clients/csharp"
CONTRACT = ROOT / "promptcms/clients/contract.json"
HERE = Path(__file__).parent
OWN = "PROMPTCMS_"  # settings of this process are none of a client's
NEEDED = (
    "mono-mcs mono-runtime libmono-system-net-http4.0-cil libmono-system-numerics4.0-cil "
    "libmono-system-runtime-serialization4.0-cil"
)
LIBRARIES = ("System.Net.Http", "System.Numerics", "System.Runtime.Serialization")


def is_here() -> bool:
    """Return whether C# can be compiled and run on this machine."""
    return bool(shutil.which("mcs") and shutil.which("mono"))


def compile(out: Path, sources: Sequence[Path], *options: str, client: Path = CLIENT) -> Path:
    """Compile the client together with `sources`; a warning is an error. Return `out`."""
    references = [f"-r:{library}" for library in LIBRARIES]
    command = ["mcs", "-codepage:utf8", "-langversion:7.2", "-warnaserror", f"-out:{out}"]
    files = [*sorted(client.glob("*.cs")), *sources]
    done = subprocess.run(
        [*command, *references, *options, *map(str, files)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def run(
    program: Path, *arguments: str, check: bool = True, said: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; `said` is its input, `settings` are environment variables."""
    done = subprocess.run(
        ["mono", str(program), *arguments],
        env=environment(**settings),
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with `settings` as the only ones of promptcms."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    return {**own, **settings}


class Driver:
    """A C# process with one client that does what it is told, see Driver.cs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def do(self, wish: str, **arguments: Any) -> Any:
        """Do one thing and return what came of it; a refusal has `error`, its kind."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": wish, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the program ended"
        return json.loads(line)

    def get(self, name: str, **arguments: Any) -> Any:
        """Get a prompt."""
        return self.do("get", name=name, **arguments)

    def compile(self, **values: Any) -> Any:
        """Return the text or the messages of the prompt that was got last."""
        return self.do("compile", values=values).get("text")


@contextmanager
def driving(program: Path, home: Path | None = None, **options: Any) -> Iterator[Driver]:
    """Yield a driver whose client has `options`; `home` is that of another user."""
    process = subprocess.Popen(
        ["mono", str(program), "drive"],
        env=environment(**({"HOME": str(home)} if home else {})),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        driver = Driver(process)
        driver.do("open", **options)
        yield driver
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)
