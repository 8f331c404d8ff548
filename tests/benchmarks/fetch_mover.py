"""Move labels and revoke a key, told by lines of input; run by `fetch_reach.py`.

Prints two keys, then for each line `move` or `revoke` the moment after the commit and the
version that production serves.
"""

import os
import sys
import time

import django


def main() -> None:
    """Make a project, then do as told."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")
    django.setup()
    from django.core.management import call_command

    from registry.audit.clock import database_now
    from registry.release.rollback import roll_back
    from registry.runtime.keys import revoke_key
    from tests import stages

    call_command("migrate", verbosity=0)
    shop = stages.world(sandbox=True)
    prompt = stages.prompt_named(shop)
    versions = [stages.in_production(shop, prompt), None]
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    versions[1] = prompt.versions.order_by("-revision").first()
    serving = 1
    keys = [stages.key(shop, "read"), stages.key(shop, "read")]
    print(">", *(key.secret for key in keys), flush=True)
    for line in sys.stdin:
        if line.strip() == "move":
            serving = 1 - serving
            roll_back(
                prompt,
                to=versions[serving],
                actor=shop.actor("lea"),
                reason="To and fro.",
                now=database_now(),
            )
        else:
            revoke_key(keys[1].key, actor=shop.actor("ada"), reason="Lost.")
        version = versions[serving]
        print(">", time.time(), version.semver if version else "-", flush=True)


if __name__ == "__main__":
    main()
