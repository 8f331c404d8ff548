"""The script that a person runs to get an export out of Langfuse; tested as it is shown."""

SCRIPT = """\
import base64, json, os
from urllib.parse import quote
from urllib.request import Request, urlopen

base = os.environ["LANGFUSE_BASE_URL"].rstrip("/") + "/api/public/v2/prompts"
names = ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY")
pair = ":".join(os.environ[name] for name in names).encode()
head = {"Authorization": "Basic " + base64.b64encode(pair).decode()}

def get(path):
    return json.load(urlopen(Request(base + path, headers=head)))

rows, page, pages = [], 1, 1
while page <= pages:
    answer = get(f"?limit=100&page={page}")
    for prompt in answer["data"]:
        path = "/" + quote(prompt["name"], safe="")
        for number in prompt["versions"]:
            rows.append(get(f"{path}?version={number}"))
    page, pages = page + 1, answer["meta"]["totalPages"]
with open("langfuse.json", "w", encoding="utf-8") as file:
    json.dump(rows, file)
"""
