"""The pictures of the guide: every page at both sizes, taken from a running demo company.

    python docs/guide/shoot.py http://127.0.0.1:8000 docs/guide/shots [--only WORD] [--dark]

Needs a demo company (`make run`), Chromium and the development requirements. It signs in with the demo accounts and
registers one order per size to show the slip; nothing else is changed. An account with a second factor cannot be used.
"""

import argparse
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from scenes import SHOTS, WAIT, Shot, first_row, settle
from scenes_apps import SHOTS as SHOTS_OF_APPS

PASSWORD = "Gongdan-2026"  # noqa: S105 - the demo accounts'
SIZES = {"1440": (1440, 900), "390": (390, 844)}
TALLEST = {"1440": 1700, "390": 2300}
LARGEST = 118_000
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
# The browser's own words (dates, files) in Chinese too.
CHINESE = {"LANGUAGE": "zh_CN", "LANG": "zh_CN.UTF-8"}

# --- windows and accounts -------------------------------------------------------------------------------------------


class Cast:
    """One signed-in window per account and size; sessions are shared between sizes."""

    def __init__(self, browser: Browser, address: str, *, dark: bool) -> None:
        self.browser, self.address, self.dark = browser, address, dark
        self.sessions: dict[str, Any] = {}

    @contextmanager
    def window(self, who: str, size: str) -> Iterator[Page]:
        if who and who not in self.sessions:
            with self._context("1440", None) as context:
                self._sign_in(context.new_page(), who)
                self.sessions[who] = context.storage_state()
        with self._context(size, self.sessions.get(who)) as context:
            yield context.new_page()

    @contextmanager
    def _context(self, size: str, state: Any) -> Iterator[BrowserContext]:
        width, height = SIZES[size]
        context = self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": height},
            storage_state=state,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if self.dark else "light",
            reduced_motion="reduce",
            has_touch=size == "390",
        )
        context.set_default_timeout(WAIT)
        yield context
        context.close()

    def _sign_in(self, page: Page, who: str) -> None:
        page.goto("/login/")
        page.get_by_label("用户名").fill(who)
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login/" not in url)


def take(page: Page, shot: Shot, size: str) -> bytes:
    page.goto(first_row(page, shot.path.removeprefix("first:")) if shot.path.startswith("first:") else shot.path)
    settle(page)
    shot.then(page)
    settle(page)
    width, height = SIZES[size]
    if not shot.fits:
        tall = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": min(max(tall, height), TALLEST[size])})
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(150)
    wide = int(page.evaluate("document.documentElement.scrollWidth"))
    if wide > width:
        say(f"  {shot.name}-{size}: {wide} px wide")
    return page.screenshot()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def shrink(raw: bytes) -> bytes:
    """At most 256 colours; a picture still too large gets fewer, never so few that red turns grey: rather shorter."""
    image = Image.open(io.BytesIO(raw)).convert("RGB")
    for colours, share in ((256, 1.0), (128, 1.0), (128, 0.85), (96, 0.7), (64, 0.55), (64, 0.4)):
        out = io.BytesIO()
        part = image.crop((0, 0, image.width, round(image.height * share)))
        part.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < LARGEST:
            break
    return out.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    parser.add_argument("--size", choices=SIZES, action="append")
    parser.add_argument("--dark", action="store_true", help="in the dark theme; names end in -dark")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env={**os.environ, **CHINESE})
        cast = Cast(browser, given.address.rstrip("/"), dark=given.dark)
        for shot in (shot for shot in (*SHOTS, *SHOTS_OF_APPS) if re.search(given.only, shot.name)):
            for size in given.size or SIZES:
                name = f"{shot.name}-{size}{'-dark' if given.dark else ''}.png"
                try:
                    with cast.window(shot.who, size) as page:
                        picture = shrink(take(page, shot, size))
                except Exception as error:
                    failed += 1
                    say(f"  {name}: {type(error).__name__} {str(error).splitlines()[0]}")
                    continue
                (given.folder / name).write_bytes(picture)
                say(f"{name} {len(picture) // 1000} kB")
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
