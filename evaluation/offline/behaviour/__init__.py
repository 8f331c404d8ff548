"""How two versions behave: their answers on the same golden cases, what changed first.

The answers come from runs that exist; nothing is run here. Cases tagged `holdout` are counted
and never shown, since who reads them would write for them.
"""

from evaluation.offline.behaviour.gather import behaviour_of
from evaluation.offline.behaviour.shown import Behaviour

__all__ = ["Behaviour", "behaviour_of"]
