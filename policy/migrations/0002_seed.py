"""Plants the numbers, routes, subcategories and calendar of ``policy.seed``."""

from django.db import migrations
from django.utils import timezone

from policy import seed


def plant(apps, schema_editor):
    seed.plant(apps.get_model, now=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial"), ("people", "0002_departments")]

    # Going back to before this migration drops the tables anyway (0001).
    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
