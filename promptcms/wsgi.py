"""WSGI entry point, for granian or any other WSGI server: fetches first, then Django.

Bodies in pieces are put together between the two: a fetch has none, and a sender who is slow
takes one of Django's places then, never one of those that answer from memory.
"""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")

_django = get_wsgi_application()

from promptcms.checks import refuse_unsafe_start  # noqa: E402
from registry.runtime import last_used  # noqa: E402
from registry.runtime.chunked import WholeBodies  # noqa: E402
from registry.runtime.process import mounted  # noqa: E402

refuse_unsafe_start("web server")
last_used.start()
application = mounted(WholeBodies(_django))
