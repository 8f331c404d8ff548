"""Check an exported audit trail with Python alone: `python outsider.py export.jsonl`.

Reads the JSONL and the CSV export, imports nothing of promptcms, and names the first event
that was changed, removed or added. Exit code 1 when one is found.
"""

import csv
import hashlib
import json
import sys
from typing import Any

HASHED = (
    *("previous_hash", "chain", "seq", "project_id", "at", "action", "actor_id", "actor_name"),
    *("object_type", "object_id", "object_name", "before", "after", "reason", "request_id"),
)


def read(path: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the header and the events of an export."""
    csv.field_size_limit(2**24)
    with open(path, encoding="utf-8-sig", newline="") as file:
        if not path.endswith(".csv"):
            header, *lines = map(json.loads, file)
            return header, lines
        rows = [[cell.removeprefix("'") for cell in row] for row in csv.reader(file)]
    events: list[dict[str, Any]] = [dict(zip(rows[1], row, strict=True)) for row in rows[2:]]
    for event in events:
        for name in ("seq", "project_id", "actor_id"):
            event[name] = int(event[name]) if event[name] else None
    return json.loads(rows[0][0].removeprefix("# ")), events


def first_fault(header: dict[str, Any], events: list[dict[str, Any]]) -> str:
    """Return what is wrong with the first event that does not fit, or ""."""
    previous, seq = header["first_previous_hash"], header["first_seq"]
    for event in events:
        hashed = [event["at"].replace("Z", "+00:00") if n == "at" else event[n] for n in HASHED]
        text = json.dumps(hashed, separators=(",", ":"), ensure_ascii=False)
        if event["seq"] != seq or event["previous_hash"] != previous:
            return f"event {seq} is missing or out of place"
        if hashlib.sha256(text.encode()).hexdigest() != event["hash"]:
            return f"event {seq} was changed"
        previous, seq = event["hash"], seq + 1
    if events and previous != header["last_hash"]:
        return f"event {seq} is missing at the end"
    if header["last_seq"] == header["head_seq"] and previous != header["head_hash"]:
        return f"event {seq - 1} is not the head of the chain"
    return ""


if __name__ == "__main__":
    fault = first_fault(*read(sys.argv[1]))
    print(fault or "Every event holds: nothing was changed, removed or added.")
    sys.exit(bool(fault))
