"""What customers reach: one-time links, and who knocked in vain."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.vocabulary import Satisfaction


class CustomerLink(models.Model):
    """A one-time way for one customer to rate one order (S0-R22). Only a hash of the token is kept."""

    message = models.OneToOneField("notifications.Message", on_delete=models.PROTECT, related_name="link")
    order = models.ForeignKey("complaints.Order", on_delete=models.PROTECT, related_name="+", db_index=False)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    rating = models.CharField(_("满意度"), max_length=16, choices=Satisfaction.choices, blank=True)
    suggestion = models.CharField(_("建议"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("客户评价")
        constraints = [
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, rating="") | Q(used_at__isnull=False) & ~Q(rating=""),
                name="link_used_with_rating",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.rating}"


class Knock(models.Model):
    """A wrong token from an address; counted in the database, because Redis may vanish."""

    address = models.GenericIPAddressField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="knock_by_address")]

    def __str__(self) -> str:
        return f"{self.address} {self.at:%F %T}"
