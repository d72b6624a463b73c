"""``manage.py grant_app_role``: the role the product works with in production, which does not own its tables.

An owner could give back to himself whatever was revoked, and so rewrite the audit trail; a role with INSERT and SELECT
only cannot. Run it as the owner (DATABASE_URL) after every `migrate`; APP_DATABASE_URL names the role and its password.
"""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg2 import sql

from config.env import database

# Rows of these tables are written once and never again (triggers refuse it too).
APPEND_ONLY = (
    *("people_auditentry", "complaints_orderevent", "complaints_attachment"),
    *("escalation_penalty", "escalation_penaltymonth", "escalation_reattribution", "escalation_namedperson"),
    *("reports_release", "reports_releaseorder", "reports_publicationevent"),
)


class Command(BaseCommand):
    help = "Creates the application role of APP_DATABASE_URL and grants it what it needs, and no more."

    def handle(self, *args: Any, **options: Any) -> None:
        if "APP_DATABASE_URL" not in os.environ:
            raise CommandError("set APP_DATABASE_URL to postgres://role:password@host/name of the application")
        target = database(os.environ["APP_DATABASE_URL"])
        role, password = target["USER"], target["PASSWORD"]
        if role == connection.settings_dict["USER"]:
            raise CommandError(f"{role} owns the tables; APP_DATABASE_URL must name another role")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [role])
            exists = cursor.fetchone()[0]
            verb = sql.SQL("ALTER" if exists else "CREATE")
            cursor.execute(
                sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.Literal(password or None)
                )
            )
            for statement in self.grants(set(connection.introspection.table_names())):
                cursor.execute(sql.SQL(statement).format(role=sql.Identifier(role)))
        self.stdout.write(f"role {role}: may read and write rows, may not change {', '.join(APPEND_ONLY)}")

    @staticmethod
    def grants(tables: set[str]) -> list[str]:
        return [
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}" for table in APPEND_ONLY if table in tables),
        ]
