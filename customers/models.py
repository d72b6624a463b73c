"""Where people live and how they are fed: grids, transformer areas, customers, and the marks with a restricted view.

Rows are written by ``services``, ``areas`` and ``imports`` only; they also keep ``Customer.search_text`` and
``Customer.bigrams`` in step with name and address. Reading for a person always starts at ``visible_to``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _

from customers import permissions
from customers.vocabulary import AreaClass, LoadClass, RunStatus, Segment, Supply, VulnerableKind


class Grid(models.Model):
    """A neighbourhood served by one grid worker."""

    station = models.ForeignKey("people.Department", models.PROTECT, related_name="grids", verbose_name=_("供电所"))
    name = models.CharField(_("网格"), max_length=60)
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="grids", verbose_name=_("网格员")
    )

    class Meta:
        verbose_name = _("网格")
        constraints = [models.UniqueConstraint(fields=["station", "name"], name="customers_grid_once")]

    def __str__(self) -> str:
        return self.name


class GridGroup(models.Model):
    """The customer chat group of a grid: what an outage notice is posted to."""

    grid = models.ForeignKey(Grid, models.PROTECT, related_name="groups", verbose_name=_("网格"))
    name = models.CharField(_("网格群"), max_length=80)
    is_active = models.BooleanField(_("在用"), default=True)

    class Meta:
        verbose_name = _("网格群")
        constraints = [models.UniqueConstraint(fields=["grid", "name"], name="customers_gridgroup_once")]

    def __str__(self) -> str:
        return self.name


class TransformerArea(models.Model):
    """Customers behind one transformer; an outage names areas, which is what links a call to it (B11)."""

    code = models.CharField(_("台区编号"), max_length=30, unique=True)
    name = models.CharField(_("台区"), max_length=80)
    station = models.ForeignKey("people.Department", models.PROTECT, related_name="areas", verbose_name=_("供电所"))
    grid = models.ForeignKey(Grid, models.PROTECT, null=True, blank=True, related_name="areas", verbose_name=_("网格"))
    households = models.PositiveIntegerField(_("户数"), default=0)
    area_class = models.CharField(_("区域"), max_length=10, choices=AreaClass.choices, default=AreaClass.URBAN)
    aliases = ArrayField(models.CharField(max_length=80), default=list, blank=True, verbose_name=_("别名"))

    class Meta:
        verbose_name = _("台区")
        constraints = [models.UniqueConstraint(fields=["station", "name"], name="customers_area_once")]

    def __str__(self) -> str:
        return self.name


class CustomerQuerySet(models.QuerySet["Customer"]):
    """The only way to customers for pages, search and counts is ``visible_to``."""

    def visible_to(self, user: permissions.Viewer, *, now: datetime) -> Self:
        """Customers this user may find and read, masked (S2-R13, invariant 24)."""
        reach = permissions.viewing(user, now=now)
        if reach.everywhere:
            return self
        return self.filter(station_id__in=reach.station_ids) if reach.station_ids else self.none()

    def with_place(self) -> Self:
        """With station, area, grid and grid worker in the same query and the phones in a second one."""
        return self.select_related("station", "area__grid__worker").prefetch_related("phones")


class Customer(models.Model):
    """One account: who, where, fed by which area. Name and address are personal data, shown masked."""

    account_no = models.CharField(_("户号"), max_length=20, unique=True)
    name = models.CharField(_("户名"), max_length=100, blank=True)
    address = models.CharField(_("用电地址"), max_length=200, blank=True)
    station = models.ForeignKey(
        "people.Department", models.PROTECT, related_name="customers", db_index=False, verbose_name=_("供电所")
    )
    area = models.ForeignKey(
        TransformerArea, models.PROTECT, null=True, blank=True, related_name="customers", verbose_name=_("台区")
    )
    segment = models.CharField(_("客户类别"), max_length=15, choices=Segment.choices, default=Segment.RESIDENTIAL)
    supply = models.CharField(_("供电方式"), max_length=10, choices=Supply.choices, default=Supply.PUBLIC)
    opened_on = models.DateField(_("立户日期"), null=True, blank=True)
    search_text = models.TextField(editable=False, default="")
    bigrams = ArrayField(models.TextField(), editable=False, default=list)
    version = models.PositiveIntegerField(editable=False, default=1)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField(editable=False)

    objects = models.Manager.from_queryset(CustomerQuerySet)()

    class Meta:
        verbose_name = _("客户")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(account_no__regex="^[0-9A-Z]{6,20}$"), name="customers_account_no"
            ),
        ]
        indexes = [
            models.Index(fields=["station", "account_no"], name="customers_station_keyset"),
            models.Index(OpClass(Reverse("account_no"), name="text_pattern_ops"), name="customers_account_tail"),
            GinIndex(fields=["bigrams"], name="customers_bigrams"),
        ]

    def __str__(self) -> str:
        return str(self.pk)  # never personal data: this text ends up in logs and error pages


class CustomerPhone(models.Model):
    """One telephone of a customer, digits only (``phones.normalise``)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="phones", verbose_name=_("客户"))
    number = models.CharField(_("电话"), max_length=20)
    label = models.CharField(_("说明"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("客户电话")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "number"], name="customers_phone_once"),
            models.CheckConstraint(condition=models.Q(number__regex="^[0-9]{3,20}$"), name="customers_phone_digits"),
        ]
        indexes = [
            models.Index(fields=["number"], name="customers_phone_number"),
            models.Index(OpClass(Reverse("number"), name="text_pattern_ops"), name="customers_phone_tail"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


Mark = TypeVar("Mark", bound=models.Model)


class RestrictedQuerySet(models.QuerySet[Mark]):
    """Marks on customers: hidden from everybody outside ``permissions.restricted``, their existence included."""

    def visible_to(self, user: permissions.Viewer, *, now: datetime) -> Self:
        reach = permissions.restricted(user, now=now)
        if reach.everywhere:
            return self
        return self.filter(customer__station_id__in=reach.station_ids) if reach.station_ids else self.none()


class VulnerableFlag(models.Model):
    """A reason to help this customer at home and first (S1-R08). Restricted view."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="vulnerable_flags", verbose_name=_("客户"))
    kind = models.CharField(_("类别"), max_length=20, choices=VulnerableKind.choices)
    note = models.CharField(_("备注"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects = models.Manager.from_queryset(RestrictedQuerySet["VulnerableFlag"])()

    class Meta:
        verbose_name = _("弱势群体")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["customer", "kind"], name="customers_vulnerable_once")]

    def __str__(self) -> str:
        return self.get_kind_display()


class ImportantUser(models.Model):
    """Register of customers whose outage is grave: load class, supplies, own backup, advice given (S1-R31)."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="important", verbose_name=_("客户"))
    load_class = models.CharField(_("负荷等级"), max_length=10, choices=LoadClass.choices)
    supplies = models.PositiveSmallIntegerField(_("电源路数"), default=1, validators=[MinValueValidator(1)])
    own_backup = models.CharField(_("自备应急电源"), max_length=100, blank=True, help_text=_("种类与容量，没有则留空"))
    advice = models.CharField(_("已作提示"), max_length=300, blank=True, help_text=_("提示配置自备应急电源等"))
    advised_on = models.DateField(_("提示日期"), null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects = models.Manager.from_queryset(RestrictedQuerySet["ImportantUser"])()

    class Meta:
        verbose_name = _("重要用户")
        constraints = [
            models.CheckConstraint(condition=models.Q(supplies__gte=1), name="customers_important_supplies"),
        ]

    def __str__(self) -> str:
        return self.get_load_class_display()


class SensitiveUser(models.Model):
    """A customer to be contacted first when the transformer area loses supply (S0-R08). Restricted view."""

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="sensitive", verbose_name=_("客户"))
    reason = models.CharField(_("原因"), max_length=200)
    care = models.CharField(_("安抚要点"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects = models.Manager.from_queryset(RestrictedQuerySet["SensitiveUser"])()

    class Meta:
        verbose_name = _("敏感用户")

    def __str__(self) -> str:
        return str(self.pk)


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: permissions.Viewer, *, now: datetime) -> Self:
        """A run holds unmasked rows: only its uploader sees it, and only while allowed to import."""
        if user.pk is None or not permissions.may_import(user, now=now):
            return self.none()
        return self.filter(uploaded_by_id=user.pk)


class ImportRun(models.Model):
    """One uploaded customer file between preview and confirmation. ``rows`` is emptied when it ends."""

    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    filename = models.CharField(_("文件名"), max_length=120)
    encoding = models.CharField(_("编码"), max_length=20)
    sha256 = models.CharField(max_length=64)
    status = models.CharField(_("状态"), max_length=10, choices=RunStatus.choices, default=RunStatus.PREVIEWED)
    rows = models.JSONField(default=list)
    problems = models.JSONField(default=list)
    total = models.PositiveIntegerField(_("行数"), default=0)
    broken = models.PositiveIntegerField(_("有误行数"), default=0)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = models.Manager.from_queryset(ImportRunQuerySet)()

    class Meta:
        verbose_name = _("客户导入")
        indexes = [models.Index(fields=["status", "expires_at"], name="customers_run_expiry")]
        constraints = [
            models.CheckConstraint(condition=models.Q(status__in=RunStatus.values), name="customers_run_status"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
