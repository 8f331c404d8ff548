"""`manage.py verify_audit`: does the audit trail still say what was written?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from registry.audit.models import ChainHead, Event
from registry.audit.verify import verify


class Command(BaseCommand):
    """Walks every audit chain and names the first bad row of each; exit code 1 if any."""

    help = "Verify the audit chains; print the first row of each that was tampered with."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was found."""
        broken = list(verify())
        for fault in broken:
            self.stderr.write(str(fault))
        if broken:
            self.stderr.write("Compare with a backup: nothing after this row can be relied on.")
            sys.exit(1)
        chains, events = ChainHead.objects.count(), Event.objects.count()
        self.stdout.write(f"{chains} chains with {events} events: nothing was tampered with.")
