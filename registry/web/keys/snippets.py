"""How an application fetches a prompt, ready to paste: the install line, then the code.

Each reads its address and key from the environment, so that no key gets into code.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from registry.web.keys.packages import RECIPES

CURL = """\
curl -H "Authorization: Bearer $PROMPTCMS_KEY" \\
  "$PROMPTCMS_URL{path}"
"""
PYTHON = """\
from promptcms_client import Client

client = Client()  # one for the whole process; reads PROMPTCMS_URL, PROMPTCMS_KEY
conversation_id = "conversation-1"  # who gets which version while a rollout runs

prompt = client.get_prompt({name}, label={label}, unit=conversation_id)
{result} = prompt.compile({values})
print(prompt.version, {result})

# For your trace span: prompt.attributes
# What came of it:     client.report(prompt, latency_ms=812)
"""
NODE = """\
const {{ Client }} = require("promptcms-client");

const client = new Client(); // one for the whole process; reads PROMPTCMS_URL, PROMPTCMS_KEY

async function answer(conversationId) {{ // who gets which version while a rollout runs
  const prompt = await client.getPrompt({name}, {{ label: {label}, unit: conversationId }});
  const {result} = prompt.compile({values});
  console.log(prompt.version, {result});
  // For your trace span: prompt.attributes
  // What came of it:     client.report(prompt, {{ latencyMs: 812 }})
}}

answer("conversation-1");
"""
CSHARP = """\
using System;
using System.Collections.Generic;
using Promptcms.Client;

var client = new PromptClient();  // one for the whole process; reads PROMPTCMS_URL, PROMPTCMS_KEY
var conversationId = "conversation-1";  // who gets which version while a rollout runs

var prompt = await client.GetPromptAsync({name}, label: {label}, unit: conversationId);
var {result} = prompt.{compile}(new Dictionary<string, object> {values});
Console.WriteLine(prompt.Version + " " + {shown});

// For your trace span: prompt.Attributes
// What came of it:     client.Report(prompt, new Report {{ LatencyMs = 812 }});
"""
LANGFUSE_PYTHON = """\
from langfuse import Langfuse

langfuse = Langfuse()  # reads the LANGFUSE_ variables
prompt = langfuse.get_prompt({name}, label={label}{kind})
{result} = prompt.compile({values})
print({result})
"""
LANGFUSE_NPM = """\
import {{ Langfuse }} from "langfuse";

const langfuse = new Langfuse(); // reads the LANGFUSE_ variables
const prompt = await langfuse.getPrompt({name}, undefined, {{ label: {label}{kind} }});
console.log(prompt.compile({values}));
"""
LANGFUSE_CLIENT = """\
import {{ LangfuseClient }} from "@langfuse/client";

const langfuse = new LangfuseClient(); // reads the LANGFUSE_ variables
const prompt = await langfuse.prompt.get({name}, {{ label: {label}{kind} }});
console.log(prompt.compile({values}));
"""
SHOWN_VARIABLES = 8


@dataclass(frozen=True)
class Snippet:
    """A piece of code: `id` for the page, `title` for people, `install` the line before it.

    `says` is what it is for; "": it fetches.
    """

    id: str
    title: str
    code: str
    install: str = ""
    says: str = ""

    @property
    def rows(self) -> int:
        """How many rows its field needs: one more, for a scrollbar."""
        return self.code.count("\n") + 1


@dataclass(frozen=True)
class Example:
    """What the snippets fetch: a prompt of `kind` text or chat, a label, the variables."""

    name: str = "support/system"
    kind: str = "text"
    label: str = "production"
    variables: Sequence[str] = ("company",)


def environment(address: str, secret: str) -> Snippet:
    """Return the two variables that curl and our clients read."""
    code = f"export PROMPTCMS_URL={address}\nexport PROMPTCMS_KEY={secret}\n"
    return Snippet("environment", "Environment", code)


def langfuse_environment(address: str, public: str, secret: str) -> Snippet:
    """Return the variables of Langfuse's SDKs: each of them reads another name of the address."""
    names = ("LANGFUSE_BASE_URL", "LANGFUSE_HOST", "LANGFUSE_BASEURL")
    lines = [f"export {name}={address}" for name in names]
    lines += [f"export LANGFUSE_PUBLIC_KEY={public}", f"export LANGFUSE_SECRET_KEY={secret}", ""]
    return Snippet("langfuse-environment", "Environment", "\n".join(lines))


def snippets(address: str, example: Example) -> list[Snippet]:
    """Return how to fetch the example with curl and with each of our clients."""
    path = f"/api/v1/prompts/{quote(example.name)}?label={example.label}"
    python, node, csharp = (f"{address}/clients/{r.language}/{r.filename}" for r in RECIPES)
    # Beside the project and not inside it, because a project compiles whatever it contains.
    unpack = "unzip -o Promptcms.Client-0.1.0.zip -d .."
    refer = "dotnet add reference ../Promptcms.Client/Promptcms.Client.csproj"
    made = (
        ("python", "Python", PYTHON, f"pip install {python}"),
        ("node", "Node", NODE, f"npm install {node}"),
        ("csharp", "C#", CSHARP, f"curl -fO {csharp} && {unpack} && {refer}"),
    )
    return [
        Snippet("curl", "curl", CURL.format(path=path)),
        *(
            Snippet(language, title, code.format(**_words(example, language)), install)
            for language, title, code, install in made
        ),
    ]


def langfuse_snippets(example: Example) -> list[Snippet]:
    """Return how to fetch the example with the SDKs of Langfuse."""
    made = (
        ("langfuse-python", "Langfuse for Python", LANGFUSE_PYTHON, "pip install langfuse"),
        ("langfuse-npm", "langfuse 3 from npm", LANGFUSE_NPM, "npm install langfuse@3"),
        ("langfuse-client", "@langfuse/client 5", LANGFUSE_CLIENT, "npm install @langfuse/client"),
    )
    return [
        Snippet(name, title, code.format(**_words(example, name)), install)
        for name, title, code, install in made
    ]


def _words(example: Example, language: str) -> dict[str, str]:
    """Return what a template is filled with, in the syntax of its language."""
    kind = '{comma} {key}"chat"' if example.kind == "chat" else ""
    key = "type=" if language == "langfuse-python" else "type: "
    return {
        "name": _quoted(example.name),
        "label": _quoted(example.label),
        "kind": kind.format(comma=",", key=key),
        "compile": "Compile" if example.kind == "text" else "CompileMessages",
        "shown": "text" if example.kind == "text" else r'string.Join("\n", messages)',
        "result": "text" if example.kind == "text" else "messages",
        "values": _values(example.variables[:SHOWN_VARIABLES], language),
    }


def _values(names: Sequence[str], language: str) -> str:
    """Return the variables of the prompt with a place for each value."""
    if language == "langfuse-python":
        return ", ".join(f'{name}="…"' for name in names)
    form = {"python": '"{}": "…"', "csharp": '["{}"] = "…"'}.get(language, '{}: "…"')
    inner = ", ".join(form.format(name) for name in names)
    if language == "csharp":
        return f"{{ {inner} }}" if inner else "{ }"
    return f"{{{inner}}}" if language == "python" or not inner else f"{{ {inner} }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
