"""Make a database with many served prompts; print a key that reads them, and an ETag.

Run by `fetch.py` with the number of prompts. Versions and labels are left out: a fetch by
label reads the ready answers only.
"""

import os
import sys

import django


def main(count: int) -> None:
    """Fill the database that the settings name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")
    django.setup()
    from django.core.management import call_command

    from registry.prompts.models import Prompt
    from registry.release.models import Wire
    from registry.release.wire import next_generation
    from registry.release.wire_body import encode, etag_of
    from tests import stages

    call_command("migrate", verbosity=0)
    world = stages.world(sandbox=True)
    number = next_generation("name")
    rows = Prompt.objects.bulk_create(
        [Prompt(project=world.project, name=f"bench/p{n}", kind="text") for n in range(count)],
        batch_size=500,
    )
    text = "Answer {{question}} from the context only. " * 40
    wires = []
    for row in rows:
        body = encode(
            {
                "name": row.name,
                "kind": "text",
                "version": "1.0.0",
                "revision": 1,
                "digest": f"{row.pk:064x}",
                "template": text,
                "config": {"model": "gpt-4.1-mini", "temperature": 0.2},
                "variables": [],
                "output_schema": None,
                "label": "production",
                "label_rev": 1,
                "rollout": None,
                "labels": ["production"],
            }
        )
        wires.append(
            Wire(prompt=row, label="production", body=body, etag=etag_of(body), generation=number)
        )
    Wire.objects.bulk_create(wires, batch_size=500)
    print(stages.key(world, "read").secret, f'"{wires[1].etag}"')


if __name__ == "__main__":
    main(int(sys.argv[1]))
