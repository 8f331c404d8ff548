"""WSGI entry point, for granian or any other WSGI server: fetches first, then Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "promptcms.settings")

_django = get_wsgi_application()

from promptcms.checks import refuse_unsafe_start  # noqa: E402
from registry.runtime import last_used  # noqa: E402
from registry.runtime.process import mounted  # noqa: E402

refuse_unsafe_start("web server")
last_used.start()
application = mounted(_django)
