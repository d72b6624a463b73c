"""Who works here, in which department, as what and on which days; who is on duty; who did what.

Nothing here is ever deleted: people are disabled, departments closed, posts ended, because orders and the audit
trail go on naming them. Writes go through ``people.services``.
"""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from people.actions import action_name
from people.roles import Role


class DepartmentKind(models.TextChoices):
    COMPANY = "company", _("公司")
    LEADERSHIP = "leadership", _("公司领导")
    OFFICE = "office", _("部室")
    SECTION = "section", _("科组")
    STATION = "station", _("供电所")
    CENTRE = "centre", _("中心")
    UNIT = "unit", _("班组")
    HOTLINE = "hotline", _("热线")
    CENTRE_DEPARTMENT = "centre_department", _("专业部室")


# Kinds that can be responsible for an order and so need contacts and headcount (S4-R03, S4-R51).
RESPONSIBLE_KINDS = (
    DepartmentKind.OFFICE,
    DepartmentKind.SECTION,
    DepartmentKind.STATION,
    DepartmentKind.CENTRE,
    DepartmentKind.UNIT,
    DepartmentKind.CENTRE_DEPARTMENT,
)


class Department(models.Model):
    """A node of the company tree (S4-R51): sections and stations can be responsible like whole departments."""

    code = models.SlugField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60, unique=True)
    kind = models.CharField(_("类别"), max_length=20, choices=DepartmentKind.choices)
    parent = models.ForeignKey(
        "self", verbose_name=_("上级部门"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_active = models.BooleanField(_("在用"), default=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("部门")
        verbose_name_plural = _("部门")
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=~Q(parent=F("id")), name="department_not_its_own_parent")]

    def __str__(self) -> str:
        return self.name


class DepartmentHeadcount(models.Model):
    """People of a department from a day on (B16). The number of a day is the newest row not after it."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="headcounts")
    valid_from = models.DateField(_("生效日期"))
    count = models.PositiveIntegerField(_("在岗人数"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("部门人数")
        verbose_name_plural = _("部门人数")
        ordering = ["department", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["department", "valid_from"], name="one_headcount_per_department_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.valid_from}: {self.count}"


THEMES = [("", _("跟随系统")), ("light", _("浅色")), ("dark", _("深色"))]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """One person, one account. What it may do hangs on its posts (``Assignment``), never on the account."""

    username = models.CharField(
        _("用户名"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z][a-z0-9_.-]{1,39}\Z", _("用户名为 2 到 40 位小写字母、数字或 _ . -，以字母开头"))
        ],
        error_messages={"unique": _("用户名已被使用，请换一个")},
    )
    name = models.CharField(_("姓名"), max_length=40)
    agent_no = models.CharField(
        _("工号"),
        max_length=12,
        unique=True,
        null=True,
        blank=True,
        validators=[RegexValidator(r"\A[0-9A-Z]{2,12}\Z", _("工号为 2 到 12 位数字或大写字母"))],
        error_messages={"unique": _("工号已被使用，请换一个")},
    )
    phone = models.CharField(_("手机"), max_length=20, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    password_changed_at = models.DateTimeField(_("上次改密码"), null=True, blank=True)
    single_key_shortcuts = models.BooleanField(_("单字母快捷键"), default=True)
    theme = models.CharField(_("界面"), max_length=5, blank=True, choices=THEMES)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Assignment(models.Model):
    """A dated post: this user is this role in this department. ``valid_to`` is the last day, inclusive.

    A substitute holds an own row with the role and department of the row it stands in for (``substitute_for``).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(_("角色"), max_length=24, choices=Role.choices)
    department = models.ForeignKey(
        Department, verbose_name=_("部门"), on_delete=models.PROTECT, related_name="assignments"
    )
    valid_from = models.DateField(_("起始日"))
    valid_to = models.DateField(_("终止日"), null=True, blank=True)
    substitute_for = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="substitutes"
    )
    is_backup = models.BooleanField(_("备用联系人"), default=False)

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ["department", "role", "is_backup", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="assignment_ends_after_start",
            ),
            models.CheckConstraint(condition=~Q(substitute_for=F("id")), name="assignment_not_its_own_substitute"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="assignment_role_known"),
        ]
        indexes = [models.Index(fields=["department", "role"], name="assignment_department_role")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} @ {self.department_id}"

    def covers(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class DutyShift(models.Model):
    """One shift of the roster: round the clock, with shift leader and supervisor (S4-R06)."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    shift_leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("值长"), on_delete=models.PROTECT, related_name="+"
    )
    supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("主管"), on_delete=models.PROTECT, related_name="+"
    )
    members: "models.ManyToManyField[User, DutyShiftMember]" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="DutyShiftMember", related_name="shifts", verbose_name=_("坐席")
    )

    class Meta:
        verbose_name = _("班次")
        verbose_name_plural = _("班次")
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["department", "starts_at"], name="one_shift_per_department_and_start"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.starts_at:%Y-%m-%d %H:%M}"


class DutyShiftMember(models.Model):
    shift = models.ForeignKey(DutyShift, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shift_memberships")

    class Meta:
        verbose_name = _("当班坐席")
        verbose_name_plural = _("当班坐席")
        constraints = [models.UniqueConstraint(fields=["shift", "user"], name="one_seat_per_shift_and_user")]

    def __str__(self) -> str:
        return f"{self.shift_id} {self.user_id}"


class AuditResult(models.TextChoices):
    OK = "ok", _("成功")
    REFUSED = "refused", _("拒绝")
    FAILED = "failed", _("失败")


class AuditEntry(models.Model):
    """Who did or saw what, when, from where, with which result. Rows are only ever inserted (database trigger)."""

    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_label = models.CharField(_("操作人"), max_length=80)
    action = models.CharField(_("操作"), max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_ref = models.CharField(_("对象"), max_length=120, blank=True)
    ip = models.GenericIPAddressField(_("来源地址"), null=True, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    result = models.CharField(_("结果"), max_length=8, choices=AuditResult.choices, default=AuditResult.OK)
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = _("审计记录")
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest_first"),
            models.Index(fields=["actor", "-at"], name="audit_by_actor"),
            models.Index(fields=["action", "-at"], name="audit_by_action"),
            models.Index(fields=["subject_type", "subject_ref", "-at"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_label} {self.action}"

    @property
    def action_name(self) -> str:
        return action_name(self.action)

    @property
    def went_well(self) -> bool:
        return self.result == AuditResult.OK


class RequestKey(models.Model):
    """The first answer to a request key, so that a retry gets the same answer instead of a second effect."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    route = models.CharField(max_length=300)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    response = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("请求编号")
        verbose_name_plural = _("请求编号")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_user_and_key")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
