"""Promises of every template, style sheet and script that no single page shows."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template, render_to_string

from complaints.steps import STEPS
from config.context import RAIL, Shell

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = [ROOT / "static" / "app.css", *sorted((ROOT / "static" / "css").glob("*.css"))]
SCRIPTS = [ROOT / "static" / "app.js", *sorted((ROOT / "static" / "js").glob("*.js"))]
HAN = re.compile(r"[一-鿿]+")
LONGEST_TEMPLATE, LONGEST_FILE = 150, 400


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


def without_comments(text: str) -> str:
    return re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_template_compiles(path: Path) -> None:
    get_template(name_of(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_no_template_holds_inline_style_or_script(path: Path) -> None:
    """The content policy allows neither, and a page must not depend on them."""
    text = without_comments(path.read_text())
    assert not re.search(r"\sstyle=|<style|javascript:|\shx-on|\son[a-z]+=\"", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"https?://(?!127\.0\.0\.1)", text), "nothing is fetched from elsewhere"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_word_of_a_template_goes_through_gettext(path: Path) -> None:
    text = without_comments(path.read_text())
    text = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)
    assert HAN.findall(text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_stay_within_their_budget(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_TEMPLATE


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=lambda path: path.name)
def test_style_sheets_and_scripts_stay_within_their_budget(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (ROOT / "static" / "icons.svg").read_text()))
    text = "".join(path.read_text() for path in TEMPLATES)
    named = set(re.findall(r'{% icon "([a-z]+)"', text)) | set(re.findall(r'{% chip \S+ "([a-z]+)"', text))
    assert named - drawn == set()


def test_every_icon_of_the_workflow_and_of_the_rail_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (ROOT / "static" / "icons.svg").read_text()))
    assert {step.icon for step in STEPS.values()} | {entry.icon for entry in RAIL} <= drawn


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_hold_no_words_no_eval_and_keep_nothing_in_the_browser(path: Path) -> None:
    """Texts come translated from the server; callers' data never goes into the browser's storage (S2-R13): only
    pictures of the scene wait there for the network (``photos.js``)."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.DOTALL)
    assert HAN.findall(code) == []
    assert not re.search(r"\beval\(|new Function|localStorage|sessionStorage|document\.write", code)
    assert "indexedDB" not in code or path.name == "photos.js"


BY_HTMX = {"htmx-request"}


def test_no_style_is_left_over() -> None:
    """Every class of the style sheets is used by a template, a script or a tag; built names count by their stem."""
    code = [
        path
        for folder in (
            "people",
            "policy",
            "customers",
            "exports",
            "complaints",
            "escalation",
            "notifications",
            "outage",
            "reports",
        )
        for path in code_of(folder)
    ]
    text = "".join(path.read_text() for path in [*TEMPLATES, *SCRIPTS, *code])
    rules = re.sub(r"/\*.*?\*/", "", "".join(path.read_text() for path in STYLES), flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"{[^{}]*}", "{}", rules))) - BY_HTMX
    unused = {name for name in classes if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)}
    stems = {name: re.match(r".*?(?:--|is-)", name) for name in unused}
    assert {name for name, stem in stems.items() if not stem or f"{stem[0]}{{" not in text} == set()


def code_of(folder: str) -> list[Path]:
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts]


def test_every_text_a_script_asks_for_is_given_by_the_shell() -> None:
    asked = {name for path in SCRIPTS for name in re.findall(r'\btext\(\s*"(\w+)"', path.read_text())}
    asked |= {"refused", "failed"}  # chosen by status in net.js
    given = set(Shell.texts.fget(None))  # type: ignore[attr-defined]
    assert asked == given


# --- colours ----------------------------------------------------------------------------------------------------------

PAIRS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("surface", "surface-2", "bg")),
    *((state, f"{state}-bg") for state in ("info", "soon", "over", "done", "wait")),
    ("on-accent", "accent"),
    ("on-over", "over-solid"),
    ("over", "surface"),
    ("nav-ink", "nav"),
]


def blocks() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Tokens of the light theme, of the dark system theme and of the chosen dark theme."""
    css = STYLES[0].read_text()
    light = re.search(r":root \{(.*?)\n\}", css, re.DOTALL)
    system = re.search(r":root:not\(\[data-theme=\"light\"\]\) \{(.*?)\n  \}", css, re.DOTALL)
    chosen = re.search(r":root\[data-theme=\"dark\"\] \{(.*?)\n  \}", css, re.DOTALL)
    assert light
    assert system
    assert chosen
    first, second, third = (dict(re.findall(r"--([\w-]+):\s*([^;]+);", found[1])) for found in (light, system, chosen))
    return first, second, third


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_both_dark_themes_are_the_same() -> None:
    _light, system, chosen = blocks()
    assert system == chosen


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable_in_both_themes(theme: int, ink: str, ground: str) -> None:
    tokens = blocks()[theme]
    assert contrast(tokens[ink], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_edges_of_controls_and_the_focus_ring_are_visible(theme: int) -> None:
    tokens = blocks()[theme]
    assert contrast(tokens["line-strong"], tokens["surface"]) >= 3
    assert contrast(tokens["focus"], tokens["surface"]) >= 3


# --- error pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "413", "500", "503"])
def test_error_pages_draw_without_any_context_and_say_what_to_do(code: str) -> None:
    html = render_to_string(f"{code}.html")
    assert html.count("<h1>") == 1
    assert "请" in html


def test_a_conflict_names_who_was_quicker_what_changed_and_keeps_the_typed_text() -> None:
    html = render_to_string(
        "409.html",
        {
            "title": "已由 赵刚 于 9 月 22 日 10:02 处理",
            "reason": "这张工单已经接单。",
            "changes": ["09-22 10:02 赵刚 接单"],
            "kept": [("调查事实", "实测 <178> V")],
            "back_url": "/orders/1/",
        },
    )
    assert "已由 赵刚 于 9 月 22 日 10:02 处理" in html
    assert "09-22 10:02 赵刚 接单" in html
    assert "实测 &lt;178&gt; V" in html
    assert 'href="/orders/1/"' in html


# Drawn on in a second sheet on purpose: a table on paper, the views with their menu, a menu that is a form.
DRAWN_TWICE = {"table", "views", "menu__form"}


def test_no_two_style_sheets_name_the_same_thing() -> None:
    """All of them meet on every page: a class with a rule of its own in two is drawn by whichever comes last."""
    owners: dict[str, set[str]] = {}
    for path in STYLES:
        for name in re.findall(r"^\.([\w-]+) {", path.read_text(), re.MULTILINE):
            owners.setdefault(name, set()).add(path.name)
    assert {name for name, files in owners.items() if len(files) > 1} == DRAWN_TWICE
