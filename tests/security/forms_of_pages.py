"""The forms a page offers, read from its HTML as a browser would, with a value for every field."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from tests.security import expected_around
from tests.security.corpus import quoted

# What a field is filled with where the page leaves it empty.
FILL = {
    "caller_phone": "13800001234",
    "phone": "13800001234",
    "number": "13800001234",
    "caller_name": "王小明",
    "account_no": "3301000012",
    "due_on": "2026-09-10",
    "effective_from": "2027-01-01",
    "valid_from": "2026-09-08",
    "valid_to": "2026-09-09",
    "day": "2026-09-20",
    "begin": "08:00",
    "end": "16:00",
    "count": "5",
    "username": "new.person",
    "password": "Mima-123456-gongdan",
    "agent_no": "",
    "external_ref": "",
    "anonymous": None,
    "reported_department": "",
    "reported_person": "",
    "link_to": None,
    "answer": "",
    "satisfaction": "",
    "year": "2027",
    **expected_around.FILL,
}
SUBMITS = {"submit", "button", "image", "file", "reset"}


@dataclass
class PostForm:
    """Where it goes and what it sends."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    several: set[str] = field(default_factory=set)

    def body(self, **changes: str) -> str:
        """As the browser would encode it; ``changes`` may hold what no browser would."""
        return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in (self.fields | changes).items())


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.found: list[PostForm] = []
        self.form: PostForm | None = None
        self.select, self.area = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given: dict[str, Any] = dict(attrs)
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.form = PostForm(urljoin(self.address, given.get("action") or ""))
            self.found.append(self.form)
        if self.form is None:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name and given.get("type") not in SUBMITS:
            self._input(name, given.get("type") or "text", value, "checked" in given)
        elif tag == "select":
            self.select = name
            self._keep(name, "")
        elif tag == "option" and self.select and value and ("selected" in given or not self.form.fields[self.select]):
            self._keep(self.select, FILL.get(self.select) or value)
        elif tag == "textarea" and name:
            self.area = name
            self._keep(name, FILL.get(name, "已核实的文字"))

    def _input(self, name: str, kind: str, value: str, checked: bool) -> None:
        assert self.form is not None
        if kind in {"radio", "checkbox"}:
            if checked or name not in self.form.fields:
                self._keep(name, FILL.get(name, value))
        else:
            plain = name.rpartition("-")[2]
            self._keep(name, value or (FILL.get(plain) if plain in FILL else "1" if kind == "number" else "已核实"))

    def _keep(self, name: str, value: str | None) -> None:
        assert self.form is not None
        if value is not None and name not in {"csrfmiddlewaretoken", "request_key"}:
            self.form.fields[name] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""


def post_forms(html: str, address: str) -> list[PostForm]:
    reader = _Reader(address)
    reader.feed(html)
    return reader.found
