"""An outage from the phone: notice with photos from the camera, the network lost in between, proof of posting."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from outage.models import Outage, OutagePhoto
from outage.services import perform
from outage.vocabulary import State
from tests.browser.conftest import PHONE, SignIn
from tests.outage.factories import Crew

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = str(tmp_path / "files")


def picture() -> FilePayload:
    """As a phone's camera gives it: large, with a position in its EXIF."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 12.0)
    out = io.BytesIO()
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(out, "JPEG", exif=exif, quality=90)
    return {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def shoot(page: Page) -> None:
    page.locator("#notice input[type=file]").set_input_files([picture()])


def test_the_second_notice_from_the_phone_with_the_network_lost_in_between(sign_in: SignIn) -> None:
    """S0-R03, S0-R05: at 390 px; a picture taken without network waits in the phone and goes by itself later."""
    crew = Crew()
    now = timezone.now()
    outage = crew.outage(now=now)
    outage = perform(outage, "start_repair", by=crew.worker, now=now, at=now)
    outage.notices.filter(slot=1).update(posted_at=now)

    page = sign_in(crew.worker, size=PHONE)
    page.goto(f"/outages/{outage.number}/")
    expect(page.locator(".clock.is-run .clock__v")).to_contain_text(":")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    # Without a photo it is refused, and what was typed stays.
    page.locator("#notice textarea").fill("{范围}的居民朋友：抢修人员已到场。")
    page.get_by_role("button", name="发布抢修告知").click()
    expect(page.locator("#notice")).to_contain_text("须附至少一张现场照片")
    expect(page.locator("#notice textarea")).to_have_value("{范围}的居民朋友：抢修人员已到场。")

    # The network goes; the picture waits in the phone; the page is even closed and opened again.
    page.context.set_offline(True)
    shoot(page)
    expect(page.locator("#notice figcaption").first).to_contain_text("待上传")
    assert not OutagePhoto.objects.exists()
    page.context.set_offline(False)
    page.goto(f"/outages/{outage.number}/")
    expect(page.locator("#notice figcaption").first).to_contain_text("已上传", timeout=20_000)
    kept = OutagePhoto.objects.get()
    assert max(kept.width, kept.height) <= 1600

    # Published, then put into each group by hand.
    page.locator("#notice textarea").fill("{范围}的居民朋友：抢修人员已到场。")
    page.get_by_role("button", name="发布抢修告知").click()
    expect(page.locator("#notice article")).to_have_count(2)
    expect(page.locator("#notice article").first).to_contain_text("江湾新村的居民朋友")
    for left in (1, 0):
        page.get_by_role("button", name="已发到群里").first.click()
        expect(page.locator("#notice article")).to_have_count(left)
    assert outage.notices.filter(slot=2, posted_at__isnull=False).count() == 2


def test_presence_chain_and_restoration_from_the_phone(sign_in: SignIn) -> None:
    """S0-R01, S0-R04, S0-R06: one tap each."""
    crew = Crew()
    now = timezone.now()
    outage = crew.outage(now=now, households=1200)

    page = sign_in(crew.worker, size=PHONE)
    page.goto(f"/outages/{outage.number}/")
    page.get_by_role("button", name="知悉并上报").click()
    expect(page.locator("#chain .is-done")).to_have_count(1)
    page.get_by_role("button", name="我已到岗").click()
    expect(page.locator("#attend time")).to_have_count(1)
    expect(page.locator("#attend")).to_contain_text("还差")

    page = sign_in(crew.head, size=PHONE)
    page.goto(f"/outages/{outage.number}/")
    page.get_by_role("link", name="送电", exact=True).click()
    page.get_by_role("button", name="送电", exact=True).click()
    expect(page.locator(".hand__top")).to_contain_text("已送电")
    assert Outage.objects.get().state == State.RESTORED
