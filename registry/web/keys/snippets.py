"""How an application fetches a prompt, ready to paste, in four languages.

Each reads PROMPTCMS_URL and PROMPTCMS_KEY from its environment, so that no key gets into code.
"""

from dataclasses import dataclass
from urllib.parse import quote

CURL = """\
curl -H "Authorization: Bearer $PROMPTCMS_KEY" \\
  "$PROMPTCMS_URL{path}"
"""
PYTHON = """\
import json, os
from urllib.request import Request, urlopen

address = os.environ["PROMPTCMS_URL"] + "{path}"
headers = {{"Authorization": "Bearer " + os.environ["PROMPTCMS_KEY"]}}
with urlopen(Request(address, headers=headers), timeout=5) as answer:
    prompt = json.load(answer)
print(prompt["version"], prompt["{body}"])
"""
NODE = """\
const address = process.env.PROMPTCMS_URL + "{path}";
const headers = {{ Authorization: "Bearer " + process.env.PROMPTCMS_KEY }};
const answer = await fetch(address, {{ headers, signal: AbortSignal.timeout(5000) }});
const prompt = await answer.json();
if (!answer.ok) throw new Error(prompt.message);
console.log(prompt.version, prompt.{body});
"""
CSHARP = """\
using System.Net.Http.Headers;
using System.Text.Json;

var http = new HttpClient {{ Timeout = TimeSpan.FromSeconds(5) }};  // one for the whole process
http.BaseAddress = new Uri(Environment.GetEnvironmentVariable("PROMPTCMS_URL")!);
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
    "Bearer", Environment.GetEnvironmentVariable("PROMPTCMS_KEY"));
using var prompt = JsonDocument.Parse(await http.GetStringAsync("{path}"));
Console.WriteLine(prompt.RootElement.GetProperty("version"));
Console.WriteLine(prompt.RootElement.GetProperty("{body}"));
"""
LANGUAGES = (
    ("curl", "curl", CURL),
    ("python", "Python", PYTHON),
    ("node", "Node", NODE),
    ("csharp", "C#", CSHARP),
)


@dataclass(frozen=True)
class Snippet:
    """A piece of code: `id` for the page, `title` for people."""

    id: str
    title: str
    code: str

    @property
    def rows(self) -> int:
        """How many rows its field needs: one more, for a scrollbar."""
        return self.code.count("\n") + 1


def environment(address: str, secret: str) -> Snippet:
    """Return the two variables that every snippet reads."""
    code = f"export PROMPTCMS_URL={address}\nexport PROMPTCMS_KEY={secret}\n"
    return Snippet("environment", "Environment", code)


def snippets(prompt: str, kind: str, label: str) -> list[Snippet]:
    """Return how to fetch `prompt` (of `kind` text or chat) under `label`."""
    path = f"/api/v1/prompts/{quote(prompt)}?label={label}"
    body = "template" if kind == "text" else "messages"
    return [
        Snippet(name, title, code.format(path=path, body=body)) for name, title, code in LANGUAGES
    ]
