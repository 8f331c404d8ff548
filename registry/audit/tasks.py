"""What Celery calls for the audit trail."""

import threading

import structlog
from celery import shared_task

from registry.audit.check import check_chain, due_chains
from registry.audit.clock import database_now

log = structlog.get_logger(__name__)

# The timer asks each minute, and a long chain takes longer: one walk of it in each process.
_walked_now: set[str] = set()
_one_at_a_time = threading.Lock()


@shared_task
def check(chain: str) -> None:
    """Walk one chain that is due; a second message for the same walk finds nothing to do."""
    if chain in due_chains(now=database_now()):
        _walk(chain)


@shared_task
def check_due() -> None:
    """Walk the chains that are due: once a day, and what somebody asked for."""
    for chain in due_chains(now=database_now()):
        _walk(chain)


def _walk(chain: str) -> None:
    """Walk `chain`, unless another thread of this process does."""
    with _one_at_a_time:
        if chain in _walked_now:
            return
        _walked_now.add(chain)
    try:
        found = check_chain(chain, now=database_now())
    finally:
        _walked_now.discard(chain)
    if found.fault:
        log.error("audit_chain_broken", chain=chain, seq=found.fault_seq, fault=found.fault)
