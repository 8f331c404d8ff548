"""The server chooses between control and treatment, for clients that cannot hash."""

import json
from typing import Any

from registry.domain.assignment import Random, in_treatment, random_in_treatment
from registry.release.wire_body import encode, etag_of


def body_for_unit(body: bytes, unit: str, rng: Random) -> tuple[bytes, str]:
    """Return the chosen answer and its ETag.

    `body` is the answer of a label. A treatment has the frozen fields of its version, the
    label and its revision that were asked for, and no list of labels. `rollout` tells what
    an observation must name, without the treatment's text. An empty unit draws by `rng`.
    """
    control = json.loads(body)
    rollout = control["rollout"]
    treated = rollout is not None and _drawn(rollout, unit, rng)
    chosen: dict[str, Any] = control
    if treated:
        place = {key: control[key] for key in ("label", "label_rev")}
        chosen = {**rollout["treatment"], **place}
    chosen["rollout"] = rollout and {k: v for k, v in rollout.items() if k != "treatment"}
    chosen["variant"] = "treatment" if treated else "control"
    chosen["assignment"] = "hash" if unit else "random"
    encoded = encode(chosen)
    return encoded, etag_of(encoded)


def _drawn(rollout: dict[str, Any], unit: str, rng: Random) -> bool:
    percent: float = rollout["percent"]
    if unit:
        return in_treatment(rollout["salt"], unit, percent)
    return random_in_treatment(rng, percent)
