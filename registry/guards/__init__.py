"""What the database itself keeps in this app, whatever code runs (see `promptcms.guards`)."""

from registry.guards.clearance import CLEARANCE
from registry.guards.frozen import FROZEN
from registry.guards.serving import SERVING

RULES = FROZEN + CLEARANCE + SERVING
