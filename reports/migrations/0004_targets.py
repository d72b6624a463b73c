"""What every installation starts with: the targets the service standards name (S2-R11), changed later by dated rows."""

import datetime as dt

from django.db import migrations

ALWAYS = dt.date(2000, 1, 1)
FIRST = {
    "handling_rate": (100, 20),
    "on_time_rate": (100, 30),
    "accept_rate": (95, 10),
    "contact_rate": (95, 10),
    "satisfaction": (95, 30),
    "pick_up": (95, 30),
    "call_quality": (80, 10),
    "agent_first_contact": (60, 20),
    "read_back": (100, 20),
    "agent_satisfaction": (95, 20),
}


def plant(apps, schema_editor):
    rows = apps.get_model("reports", "Target").objects
    moment = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    for indicator, (target, weight) in FIRST.items():
        found = {"target": target, "weight": weight, "recorded_at": moment}
        rows.get_or_create(indicator=indicator, effective_from=ALWAYS, defaults=found)


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_records")]
    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
