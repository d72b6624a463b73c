from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from people.actions import OWN, name_actions


class PeopleConfig(AppConfig):
    name = "people"
    verbose_name = _("人员与组织")

    def ready(self) -> None:
        name_actions(OWN)
