"""The script that a person runs to get an export out of Langfuse; tested as it is shown."""

SCRIPT = """\
import base64, json, os, urllib.parse, urllib.request

host = os.environ["LANGFUSE_BASE_URL"].rstrip("/")
keys = f'{os.environ["LANGFUSE_PUBLIC_KEY"]}:{os.environ["LANGFUSE_SECRET_KEY"]}'
head = {"Authorization": "Basic " + base64.b64encode(keys.encode()).decode()}

def get(path):
    request = urllib.request.Request(host + "/api/public/v2/prompts" + path, headers=head)
    return json.load(urllib.request.urlopen(request))

rows, page, pages = [], 1, 1
while page <= pages:
    answer = get(f"?limit=100&page={page}")
    for prompt in answer["data"]:
        name = urllib.parse.quote(prompt["name"], safe="")
        rows += [get(f"/{name}?version={number}") for number in prompt["versions"]]
    page, pages = page + 1, answer["meta"]["totalPages"]
with open("langfuse.json", "w", encoding="utf-8") as file:
    json.dump(rows, file)
"""
