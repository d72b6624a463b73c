"""``manage.py rotate_message_keys``: seals the secrets of all channels with the newest of ``NOTIFY_SECRET_KEYS``."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from notifications import keys
from notifications.models import Endpoint


class Command(BaseCommand):
    help = "Seals the secrets of message channels with the newest key."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            rows = list(Endpoint.objects.select_for_update().exclude(secret=""))
            for row in rows:
                row.secret = keys.rotate(row.secret)
            Endpoint.objects.bulk_update(rows, ["secret"])
        self.stdout.write(f"{len(rows)} channels")
