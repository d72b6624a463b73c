from django.db import migrations

from people.company import ensure_departments


def create(apps, schema_editor):
    ensure_departments(apps.get_model("people", "Department"))


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    # Going back keeps the rows: orders and routes may refer to them.
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
