"""Database guards: rows in force stay as they are, calendar versions are append-only, every write moves the stamp."""

from django.db import migrations

DATED = ("policy_policy", "policy_routingrule", "policy_stationduty")
LINKS = ("policy_routingrule_cc", "policy_routingrule_cooperating")
CALENDAR = ("policy_calendarversion", "policy_calendarday")
STAMPED = (*DATED, *LINKS, *CALENDAR, "policy_subcategory")

FUNCTIONS = """
CREATE FUNCTION policy_today() RETURNS date LANGUAGE sql STABLE AS
$$ SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date $$;

-- A dated row that has begun is what was computed with: only later rows may follow it.
CREATE FUNCTION policy_keep_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.effective_from <= policy_today() THEN
        RAISE EXCEPTION '% row % has been in force since %: % refused', TG_TABLE_NAME, OLD.id, OLD.effective_from, TG_OP
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF NEW.effective_from < policy_today() THEN
        RAISE EXCEPTION '% row % cannot be dated back to %', TG_TABLE_NAME, OLD.id, NEW.effective_from
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION policy_keep_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM policy_routingrule r WHERE r.id = OLD.routingrule_id AND r.effective_from <= policy_today())
    THEN
        RAISE EXCEPTION 'route % is in force: % refused', OLD.routingrule_id, TG_OP USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION policy_keep_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'calendar versions are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

-- A sequence never gives a number twice, so a rolled-back write cannot share one with a later write.
CREATE SEQUENCE policy_stamp_number;
CREATE FUNCTION policy_move_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO policy_stamp (id, number) VALUES (1, nextval('policy_stamp_number'))
        ON CONFLICT (id) DO UPDATE SET number = EXCLUDED.number;
    RETURN NULL;
END $$;
INSERT INTO policy_stamp (id, number) VALUES (1, nextval('policy_stamp_number'));
"""

UNDO_FUNCTIONS = """
DROP FUNCTION policy_keep_dated();
DROP FUNCTION policy_keep_links();
DROP FUNCTION policy_keep_calendar();
DROP FUNCTION policy_move_stamp();
DROP FUNCTION policy_today();
DROP SEQUENCE policy_stamp_number;
DELETE FROM policy_stamp;
"""

DEPARTMENT_NAMES = (
    "CREATE TRIGGER policy_stamp_department AFTER UPDATE OF code, name ON people_department "
    "FOR EACH STATEMENT EXECUTE FUNCTION policy_move_stamp()"
)


def keep(table: str, function: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_keep BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        f"DROP TRIGGER {table}_keep ON {table}",
    )


def stamp(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION policy_move_stamp()",
        f"DROP TRIGGER {table}_stamp ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("policy", "0002_seed")]

    operations = [
        migrations.RunSQL(FUNCTIONS, UNDO_FUNCTIONS),
        *(keep(table, "policy_keep_dated") for table in DATED),
        *(keep(table, "policy_keep_links") for table in LINKS),
        *(keep(table, "policy_keep_calendar") for table in CALENDAR),
        *(stamp(table) for table in STAMPED),
        migrations.RunSQL(DEPARTMENT_NAMES, "DROP TRIGGER policy_stamp_department ON people_department"),
    ]
