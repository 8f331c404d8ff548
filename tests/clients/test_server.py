"""The server that the tests of the clients use is the product, and its labels can be moved."""

import urllib3

from tests.clients.server import Server


def test_a_prompt_is_served_and_a_label_moved_under_it_is_seen(server: Server) -> None:
    pool = urllib3.PoolManager()

    def fetch(name: str, key: str = server.key) -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {key}"}
        return pool.request("GET", f"{server.url}/api/v1/prompts/{name}", headers=headers)

    assert fetch("support/system").json()["version"] == "1.0.0"
    assert fetch("support/chat").json()["messages"][1] == {"type": "placeholder", "name": "history"}
    assert fetch("support/rolling").json()["rollout"]["treatment"]["version"] == "2.0.0"
    assert fetch("support/system", server.other_key).status == 404
    moved = server.run(
        "stages.in_production(world, stages.prompt_named(world, 'moved'), 'Hello.')\n"
        "result = str(stages.in_production(world, prompt('moved'), 'Goodbye.').semver)"
    )
    assert fetch("moved").json()["version"] == moved
