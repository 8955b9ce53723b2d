"""What gunicorn serves."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troubleshooter.settings")
application = get_wsgi_application()

from diagnostics import loading  # noqa: E402  Django must stand first
from troubleshooter import celery, inprocess  # noqa: E402

loading.load_everything()
inprocess.start_if_needed(celery.app)
