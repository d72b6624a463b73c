"""What the database itself guarantees of the ledger: rows are only added, a confirmed month takes no more (B8).

TRUNCATE is let through where ``app.allow_truncate`` is set, which only the test suite does to empty its tables.
"""

from django.db import migrations

APPEND_ONLY = ("escalation_penalty", "escalation_penaltymonth", "escalation_reattribution", "escalation_namedperson")

FUNCTIONS = """
CREATE FUNCTION escalation_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('app.allow_truncate', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the penalty ledger is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION escalation_month_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT month FROM added) a JOIN escalation_penaltymonth m USING (month)) THEN
        RAISE EXCEPTION 'a confirmed month takes no more rows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER penalty_month_open AFTER INSERT ON escalation_penalty REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION escalation_month_open();

INSERT INTO escalation_ledgerstate (calendar_version) VALUES (0);
"""

TRIGGERS = "".join(
    f"""
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION escalation_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION escalation_append_only();
"""
    for table in APPEND_ONLY
)

BACKWARD = (
    "".join(
        f"DROP TRIGGER {table}_no_truncate ON {table}; DROP TRIGGER {table}_no_change ON {table};\n"
        for table in APPEND_ONLY
    )
    + """
DROP TRIGGER penalty_month_open ON escalation_penalty;
DROP FUNCTION escalation_month_open();
DROP FUNCTION escalation_append_only();
DELETE FROM escalation_ledgerstate;
"""
)


class Migration(migrations.Migration):
    dependencies = [("escalation", "0003_ledger")]

    operations = [migrations.RunSQL(FUNCTIONS + TRIGGERS, BACKWARD)]
