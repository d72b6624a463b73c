"""Streams of the small workflows are only ever added to; the lead times every installation starts with.

Seven days for planned and 24 hours for temporary work, on the company's own notice board and to important users, are
the regulator's (outside fact 3). The other media are [X] in the source: not enforced until a manager sets them (A22).
"""

from datetime import date, datetime, timezone

from django.db import migrations

TABLES = ("outage_disconnectionevent", "outage_planevent")

FORWARD = "".join(
    f"""
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION outage_append_only();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION outage_append_only();
"""
    for table in TABLES
)
BACKWARD = "".join(
    f"DROP TRIGGER {table}_no_truncate ON {table}; DROP TRIGGER {table}_no_change ON {table};" for table in TABLES
)
ALWAYS = date(2000, 1, 1)
LEADS = (
    ("planned", "portal", 168, "供电监管办法：计划停电提前 7 天公告"),
    ("planned", "important_users", 168, "电力供应与使用条例：提前 7 天通知或公告"),
    ("temporary", "portal", 24, "供电监管办法：临时停电提前 24 小时公告"),
    ("temporary", "important_users", 24, "电力供应与使用条例：临时停电提前 24 小时通知重要用户"),
)


def plant(apps, schema_editor):
    rows = apps.get_model("outage", "NoticeLead").objects
    now = datetime.now(timezone.utc)
    for kind, medium, hours, basis in LEADS:
        rows.get_or_create(
            kind=kind, medium=medium, effective_from=ALWAYS, defaults={"hours": hours, "basis": basis, "recorded_at": now}
        )


class Migration(migrations.Migration):
    dependencies = [("outage", "0003_plans_and_disconnections")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD), migrations.RunPython(plant, migrations.RunPython.noop)]
