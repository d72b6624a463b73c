"""Design advice 11 and 13: in production the product works as a role that cannot rewrite what must stay."""

import subprocess
import sys

import psycopg2
import pytest
from django.db import connection

from config.bootstrap import CHECKOUT
from config.lint import PRODUCTION
from tests.run.conftest import bare_environment
from tests.run.test_compose import environment

ROLE = "spare_app"


def manage(*arguments: str, **values: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments], cwd=CHECKOUT, env=bare_environment(**values), capture_output=True, text=True
    )


@pytest.fixture
def urls(spare_database: str) -> dict[str, str]:
    """The owner's URL and the application role's, in one database."""
    owner = environment(0, spare_database)["DATABASE_URL"]
    user = connection.settings_dict["USER"]
    app = owner.replace(f"//{user}:", f"//{ROLE}:a-password", 1)
    return {"owner": owner, "app": app, "redis": environment(0)["REDIS_URL"]}


def test_the_application_role_may_work_but_not_rewrite_history(urls: dict[str, str]) -> None:
    demo = {"DEMO": "1", "REDIS_URL": urls["redis"], "DATABASE_URL": urls["owner"], "APP_DATABASE_URL": urls["app"]}
    for _ in range(2):  # after every migrate again
        done = manage("manage.py", "grant_app_role", **demo)
        assert done.returncode == 0, done.stderr

    production = {**PRODUCTION, "REDIS_URL": urls["redis"], "DATABASE_URL": urls["app"]}
    done = manage("manage.py", "check", "--deploy", "--database", "default", "--fail-level", "WARNING", **production)
    assert done.returncode == 0, done.stderr

    place = connection.settings_dict
    name = urls["app"].partition("?")[0].rpartition("/")[2]
    link = psycopg2.connect(
        host=place["HOST"], port=place["PORT"] or None, user=ROLE, password="a-password", dbname=name
    )
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_auditentry")
        for table in ("people_auditentry", "complaints_orderevent"):
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table}"):
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("ALTER TABLE people_auditentry DISABLE TRIGGER ALL")
    link.close()


def test_the_owner_is_refused_as_a_working_role_in_production(urls: dict[str, str]) -> None:
    production = {**PRODUCTION, "REDIS_URL": urls["redis"], "DATABASE_URL": urls["owner"]}
    done = manage("-c", "import config.wsgi", **production)
    assert done.returncode == 1
    assert "config.E005" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_owner_may_not_name_himself_as_application_role(urls: dict[str, str]) -> None:
    done = manage(
        "manage.py",
        "grant_app_role",
        DEMO="1",
        REDIS_URL=urls["redis"],
        DATABASE_URL=urls["owner"],
        APP_DATABASE_URL=urls["owner"],
    )
    assert done.returncode == 1
    assert "must name another role" in done.stderr
