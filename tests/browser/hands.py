"""Two hands on a keyboard: no mouse, Chinese through an input method, every key and every round trip counted."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page, Request

COMPOSING = 229  # key code of whatever an input method swallows
POLLS = ("/intake/waiting/", "/presence/", "/inbox/bell/")


@dataclass
class Hands:
    """Presses keys and composes words in one page, and counts what that asked of people and server."""

    page: Page
    keys: int = 0
    loads: list[str] = field(default_factory=list)
    trips: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cdp: CDPSession = self.page.context.new_cdp_session(self.page)
        self.page.on("request", self._count)

    def _count(self, request: Request) -> None:
        path = request.url.partition("://")[2].partition("/")[2].partition("?")[0]
        if path.startswith("static/") or any(f"/{path}".endswith(poll) for poll in POLLS):
            return
        found = self.loads if request.resource_type == "document" else self.trips
        found.append(f"{request.method} /{path}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """Letters and digits, one key each."""
        self.press(*text)

    def compose(self, *words: tuple[str, str]) -> None:
        """Words as (letters, characters): the letters are typed into the input method, the blank takes its proposal."""
        for letters, characters in words:
            for n in range(1, len(letters) + 1):
                self._swallowed(letters[n - 1])
                self._composition(letters[:n])
            self._swallowed(" ")
            self.cdp.send("Input.insertText", {"text": characters})

    def begin_composing(self, letters: str) -> None:
        """A composition left open."""
        for n in range(1, len(letters) + 1):
            self._swallowed(letters[n - 1])
            self._composition(letters[:n])

    def _composition(self, text: str) -> None:
        place = {"selectionStart": len(text), "selectionEnd": len(text)}
        self.cdp.send("Input.imeSetComposition", {"text": text, **place})

    def _swallowed(self, key: str) -> None:
        """What the page sees of a key the input method takes for itself."""
        self.swallowed(key)
        self.keys += 1

    def swallowed(self, key: str, **more: Any) -> None:
        event = {"type": "rawKeyDown", "windowsVirtualKeyCode": COMPOSING, "key": key, **more}
        self.cdp.send("Input.dispatchKeyEvent", event)
