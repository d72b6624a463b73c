"""The WSGI entry of gunicorn; it refuses to start where a rule could not be kept (config/checks.py)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.checks import refuse_unsafe_start  # noqa: E402 - the apps must be loaded first

refuse_unsafe_start()
