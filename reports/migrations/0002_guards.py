"""What the database guarantees of a published report, and what it needs to count a month quickly.

The three indexes stand on tables of ``complaints`` and serve reports alone, so they are made here: an installation
without reports does not pay for them. ``registered_at`` only grows, so an intake appends to its last page.
"""

from django.db import migrations

APPEND_ONLY = ("reports_release", "reports_releaseorder", "reports_publicationevent")

FUNCTION = """
CREATE FUNCTION reports_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('app.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
"""

INDEXES = """
CREATE INDEX reports_order_registered ON complaints_order USING btree (registered_at);
CREATE INDEX reports_order_closed ON complaints_order USING btree (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX reports_callback_at ON complaints_contact USING btree (at) WHERE purpose = 'callback';
"""
NO_INDEXES = """
DROP INDEX reports_order_registered;
DROP INDEX reports_order_closed;
DROP INDEX reports_callback_at;
"""


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION reports_append_only();
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION reports_append_only();
        """,
        f"DROP TRIGGER {table}_no_truncate ON {table}; DROP TRIGGER {table}_no_change ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_initial"), ("complaints", "0002_guards")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION reports_append_only();"),
        *(guard(table) for table in APPEND_ONLY),
        migrations.RunSQL(INDEXES, NO_INDEXES),
    ]
