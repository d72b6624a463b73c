"""What operators and people set: channels, texts, own wishes; and how much a robot may still say."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Endpoint(models.Model):
    """One configured channel: a mail server, an SMS gateway, one robot of one group (F15).

    ``secret`` is encrypted (``keys.seal``) and never shown again. ``rest_until`` is set while the other side fails.
    """

    channel = models.CharField(_("通道"), max_length=16)
    name = models.CharField(_("名称"), max_length=60, unique=True)
    department = models.ForeignKey(
        "people.Department",
        verbose_name=_("所属部门"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    grid_group = models.ForeignKey(
        "customers.GridGroup",
        verbose_name=_("网格群"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    topics = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name=_("接收的消息"))
    config = models.JSONField(default=dict)
    secret = models.TextField(blank=True)
    fallback = models.ForeignKey(
        "self", verbose_name=_("备用通道"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    enabled = models.BooleanField(_("启用"), default=True)
    failures = models.PositiveIntegerField(default=0, help_text="in a row")
    rest_until = models.DateTimeField(null=True)
    saved_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("消息通道")
        ordering = ["channel", "id"]

    def __str__(self) -> str:
        return self.name


class Budget(models.Model):
    """When a robot last spoke: at most so many times in any 60 seconds (invariant 23). The row is the lock."""

    endpoint = models.OneToOneField(Endpoint, primary_key=True, on_delete=models.CASCADE, related_name="+")
    spoke_at = ArrayField(models.DateTimeField(), default=list)

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {len(self.spoke_at)}"


class TextVersion(models.Model):
    """The wording of one row of the table from a version on; a version in force is never edited."""

    code = models.CharField(max_length=48)
    version = models.PositiveIntegerField()
    subject = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("正文"))
    short = models.CharField(_("短信"), max_length=300, blank=True)
    enabled = models.BooleanField(_("启用"), default=True)
    note = models.CharField(_("修改说明"), max_length=120, blank=True)
    saved_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("保存时间"))

    class Meta:
        verbose_name = _("消息模板")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="one_text_per_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="text_version_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Preference(models.Model):
    """How one person wants to be told. The inbox gets everything; urgent messages know neither rest nor choice."""

    user = models.OneToOneField("people.User", primary_key=True, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(_("邮箱"), blank=True)
    wecom_id = models.CharField(_("企业微信账号"), max_length=64, blank=True)
    channels = models.JSONField(default=dict, help_text="{topic: [channel]}; a topic left out has the usual ones")
    quiet_from = models.TimeField(_("免打扰开始"), null=True, blank=True)
    quiet_to = models.TimeField(_("免打扰结束"), null=True, blank=True)
    working_time_only = models.BooleanField(_("只在工作时间"), default=False)
    daily_digest = models.BooleanField(_("每日汇总"), default=False)
    digest_at = models.TimeField(_("汇总时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("消息偏好")

    def __str__(self) -> str:
        return str(self.user_id)
