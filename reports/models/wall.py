"""Read-only addresses of the wallboard, each revocable on its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WallLink(models.Model):
    """A screen in a hall has no person signed in: whoever has the address sees the board and nothing else. Only the
    hash of the secret part is kept, so that the table gives nobody an address."""

    label = models.CharField(_("用途"), max_length=40, help_text="where the screen hangs")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("建立时间"))
    created_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(_("停用时间"), null=True)
    revoked_by = models.ForeignKey("people.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("看板链接")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.label
