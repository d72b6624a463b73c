"""What is read out to callers word for word: versioned, because a consent is worth what was said before it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Wording:
    """``version`` changes whenever the text does; both are stored where somebody agreed to it."""

    version: str
    text: str | Promise


PAID_NOTICE = Wording(
    "2026-1",
    _(
        "您家这处故障在产权分界点您这一侧，由您自行维护。您可以自己找有资质的电工处理；"
        "也可以由我们上门有偿服务，材料费和人工费按公示的标准收取，开工前会先报价，您认可后再施工。您同意上门有偿服务吗？"
    ),
)
