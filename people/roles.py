"""The roles of the glossary. A role is held through an ``Assignment``; one person may hold several at once.

Only this file knows which roles belong together; rules ask ``standing(user, on).has(*HEADS)``, never for one spelling.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    HOTLINE_AGENT = "hotline_agent", _("坐席")
    SHIFT_LEADER = "shift_leader", _("值长")
    SUPERVISOR = "supervisor", _("主管")
    HOTLINE_DIRECTOR = "hotline_director", _("热线主任")
    TICKET_CONTACT = "ticket_contact", _("工单联系人")
    HANDLER = "handler", _("经办人")
    STATION_HEAD = "station_head", _("站长")
    DEPUTY_STATION_HEAD = "deputy_station_head", _("副站长")
    DEPARTMENT_HEAD = "department_head", _("部门负责人")
    GRID_WORKER = "grid_worker", _("网格员")
    DUTY_OFFICER = "duty_officer", _("值班人员")
    CENTRE_DEPARTMENT = "centre_department", _("专业部室")
    DEPUTY_LEADER = "deputy_leader", _("分管领导")
    MAIN_LEADER = "main_leader", _("主要领导")
    ADJUDICATOR = "adjudicator", _("裁定人")
    MANAGER = "manager", _("管理人员")
    AUDITOR = "auditor", _("审计员")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    API_CLIENT = "api_client", _("接口")


HOTLINE = frozenset({Role.HOTLINE_AGENT, Role.SHIFT_LEADER, Role.SUPERVISOR, Role.HOTLINE_DIRECTOR})
HEADS = frozenset({Role.STATION_HEAD, Role.DEPUTY_STATION_HEAD, Role.DEPARTMENT_HEAD})
LEADERS = frozenset({Role.DEPUTY_LEADER, Role.MAIN_LEADER})
DEPARTMENT_STAFF = HEADS | {
    Role.TICKET_CONTACT,
    Role.HANDLER,
    Role.GRID_WORKER,
    Role.DUTY_OFFICER,
    Role.CENTRE_DEPARTMENT,
}
# Administrator, adjudicator and export approver sign in with a second factor.
SECOND_FACTOR = frozenset({Role.SYSTEM_ADMIN, Role.ADJUDICATOR, Role.MANAGER})
# Whoever answers callers tells them an agent number (S4-R08).
NEEDS_AGENT_NO = HOTLINE
# Roles that see the whole company, whatever department the post is in.
SEES_EVERY_DEPARTMENT = LEADERS | {Role.MANAGER}
