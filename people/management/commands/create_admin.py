"""The first system administrator of a new installation: everybody else is made on the pages."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from people import services
from people.models import Department
from people.roles import Role


class Command(BaseCommand):
    help = "Makes a system administrator and prints a password that must be changed at the first sign-in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name", help="the person's name, e.g. 程立")

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(12)
        now = timezone.now()
        try:
            with transaction.atomic():
                user = services.create_user(
                    by=None, now=now, username=options["username"], name=options["name"], password=password
                )
                company = Department.objects.get(code="company")
                services.assign(
                    user,
                    by=None,
                    now=now,
                    role=Role.SYSTEM_ADMIN,
                    department=company,
                    valid_from=timezone.localdate(now),
                )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        self.stdout.write(f"{user.username}  {password}")
