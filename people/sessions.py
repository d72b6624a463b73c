"""Sessions in the database, as Django keeps them; only the reading, which every request does, is compiled once."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from people.statements import Given, Prepared

_LIVING = Prepared(
    lambda: Session.objects.filter(session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField()))
)


class SessionStore(DatabaseSessions):
    def _get_session_from_db(self) -> Any:
        found = _LIVING(key=self.session_key, now=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None
