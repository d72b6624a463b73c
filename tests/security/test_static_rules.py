"""T20: what the design refuses, looked for in the source. A finding names file, line and what to do instead."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("config", "people", "policy", "customers", "exports", "complaints", "escalation", "notifications")
LONGEST_FILE, LONGEST_FUNCTION, LONGEST_TEMPLATE = 400, 50, 150


def sources(*apps: str) -> list[Path]:
    """Python files of the product: neither tests nor migrations."""
    found = [path for app in apps or APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    """Places where the pattern stands in code; comments and docstrings are blanked out first."""
    wanted = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in paths
        for number, line in enumerate(code_of(path).splitlines(), start=1)
        if wanted.search(line)
    ]


def code_of(path: Path) -> str:
    """The source without docstrings and comments, line for line."""
    text = path.read_text(encoding="utf-8")
    lines = [re.sub(r"(^|\s)#.*$", "", line) for line in text.splitlines()]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
    return "\n".join(lines)


# Forbidden words: what, why, and where they may stand all the same.
FORBIDDEN: tuple[tuple[str, str, frozenset[str]], ...] = (
    (r"\.update\([^)]*\bstate\s*=", "the door alone moves an order", frozenset()),
    (r"fields\s*=\s*[\"']__all__[\"']", "name the fields", frozenset()),
    (r"\b(eta|countdown)\s*=", "no timers of single orders: a sweep does it", frozenset()),
    (r"\bdatetime\.now\(|\butcnow\(|\bdate\.today\(", "now is an argument", frozenset()),
    (r"fail_silently", "failures stay visible", frozenset()),
    (r"GenericForeignKey", "refused by the design", frozenset()),
    (r"\b(user|by|actor|reader)\.role\b", "ask standing(user, on).has(...)", frozenset()),
    (r"@csrf_exempt|mark_safe\(|\.extra\(", "no way round the framework's protection", frozenset()),
    (r"\b(eval|exec)\(|pickle\.|yaml\.load\(|shell=True", "runs what was sent", frozenset()),
)


@pytest.mark.parametrize(("pattern", "why", "allowed"), FORBIDDEN, ids=[row[1] for row in FORBIDDEN])
def test_refused_constructs_do_not_occur(pattern: str, why: str, allowed: frozenset[str]) -> None:
    found = lines_with(pattern, sources())
    assert [place for place in found if place.split(":")[0] not in allowed] == [], why


# Where the present may be asked for: views, tasks, commands, middleware, and the pages' frame.
MAY_ASK_THE_TIME = re.compile(
    r"/views(/|\.py)|_views\.py$|/api/|/tasks\.py$|/management/|/middleware\.py$|/api\.py$|/guard\.py$|/access\.py$"
    r"|^config/|^people/(idempotency|jsonforms|sessions)\.py$|/templatetags/"
)


def test_below_views_and_tasks_nobody_asks_what_time_it_is() -> None:
    """One clock: ``now`` comes in as an argument."""
    found = lines_with(r"timezone\.now\(\)|timezone\.localdate\(\)|timezone\.localtime\(\)", sources())
    assert [place for place in found if not MAY_ASK_THE_TIME.search(place.split(":")[0])] == []


def test_no_error_is_swallowed() -> None:
    found = []
    for path, handler in every(ast.ExceptHandler):
        assert isinstance(handler, ast.ExceptHandler)
        broad = handler.type is None or (
            isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
        )
        if broad and all(isinstance(step, (ast.Pass, ast.Continue)) for step in handler.body):
            found.append(f"{path.relative_to(ROOT)}:{handler.lineno}")
    assert found == []


def every(kind: type[ast.AST], paths: list[Path] | None = None) -> Iterator[tuple[Path, ast.AST]]:
    for path in paths or sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kind):
                yield path, node


BUSINESS_NUMBERS = frozenset({3, 10, 30, 50, 100})
# Rules live here; pages, forms (lengths of fields) and imports are no rules.
RULES = re.compile(
    r"^(complaints/(guards|workflow|permissions|queries|clock|signals)\.py|complaints/services/(door|opening|records)\.py"
    r"|policy/(limits|workdays|routing|services)\.py|escalation/.*\.py)$"
)


def test_rules_hold_no_business_numbers() -> None:
    """3, 10, 30, 50 and 100 come from the dated policy; a constant at module level has a name and a reason."""
    found = []
    for path in sources("complaints", "policy", "escalation"):
        if not RULES.search(str(path.relative_to(ROOT))):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = {
            id(inner) for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)) for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            plain = isinstance(node, ast.Constant) and type(node.value) is int and node.value in BUSINESS_NUMBERS
            if plain and id(node) not in named and not is_field_option(node, tree):
                found.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    assert found == []


def is_field_option(node: ast.AST, tree: ast.Module) -> bool:
    """``max_length=30`` of a column says how wide it is, not what the rule is."""
    return any(
        isinstance(call, ast.Call) and any(word.value is node and word.arg in SIZES for word in call.keywords)
        for call in ast.walk(tree)
    )


SIZES = frozenset({"max_length", "max_digits", "decimal_places"})
STATES = frozenset(
    {"registered", "classified", "investigated", "resolved", "callback", "archived", "merged", "withdrawn"}
)
# "merged" and "callback" are words of other things too: a value of ArchiveGround, a queue, a purpose of a contact.
STATE_WORDS_ELSEWHERE = {
    "complaints/vocabulary.py": STATES,
    "complaints/lists.py": {"callback"},  # a queue
    "complaints/demo_plot.py": STATES,  # names of stories, most of them those of the state they end in
}


def test_states_are_named_by_the_enum_only() -> None:
    found = []
    for path, node in every(ast.Constant, sources()):
        name = str(path.relative_to(ROOT))
        word = getattr(node, "value", None)
        if isinstance(word, str) and word in STATES and word not in STATE_WORDS_ELSEWHERE.get(name, frozenset()):
            found.append(f"{name}:{getattr(node, 'lineno', 0)} {word}")
    assert found == []


def test_files_functions_and_templates_keep_to_their_budget() -> None:
    """Convention 8: what outgrows it is split by noun."""
    assert too_long(sources(), LONGEST_FILE) == []
    assert too_long(sorted((ROOT / "templates").rglob("*.html")), LONGEST_TEMPLATE) == []
    found = []
    for path, node in every(ast.FunctionDef):
        assert isinstance(node, ast.FunctionDef)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION:
            found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert found == []


def too_long(paths: list[Path], most: int) -> list[str]:
    counted = ((path, len(path.read_text(encoding="utf-8").splitlines())) for path in paths)
    return [f"{path.relative_to(ROOT)} {length}" for path, length in counted if length > most]


# Heavy or optional libraries, and what must not be loaded before the settings are read.
LATE_IMPORTS = frozenset(
    {
        "config",
        "people/apps.py",
        "complaints/apps.py",
        "customers/apps.py",
        "exports/apps.py",
        "policy/apps.py",
        "escalation/apps.py",
        "notifications/apps.py",
    }
)


def test_imports_stand_at_the_top() -> None:
    """An import inside a function hides a cycle."""
    found = []
    for path, node in every(ast.FunctionDef):
        name = str(path.relative_to(ROOT))
        late = any(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in ast.walk(node))
        if late and not any(name == place or name.startswith(f"{place}/") for place in LATE_IMPORTS):
            found.append(f"{name}:{getattr(node, 'lineno', 0)}")
    assert found == []


def test_no_file_is_a_rag_bag() -> None:
    names = {"utils.py", "helpers.py", "common.py", "common", "utils", "helpers"}
    assert [str(path) for app in APPS for path in (ROOT / app).rglob("*") if path.name in names] == []


TEMPLATE_RULES: tuple[tuple[str, str], ...] = (
    (r"\sstyle\s*=\s*[\"']", "inline style: the CSP forbids it, use a class"),
    (r"\son(click|change|load|submit|error|input|key\w+|focus|blur|mouse\w+)\s*=", "inline script"),
    (r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", "inline script element"),
    (r"<style", "inline style element"),
    (r"\|safe\b|\{%\s*autoescape\s+off", "unescaped output"),
    (r"javascript:", "script in an address"),
    (r"(src|href)=\"(https?:)?//", "something from another site"),
)


@pytest.mark.parametrize(("pattern", "why"), TEMPLATE_RULES, ids=[row[1] for row in TEMPLATE_RULES])
def test_templates_hold_nothing_the_content_policy_forbids(pattern: str, why: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]
    assert found == [], why


def test_every_posting_form_carries_its_token() -> None:
    """A form that writes sends the CSRF token and, where it changes business data, a request key."""
    pattern = re.compile(r"<form[^>]*method=\"post\"[^>]*>(.*?)</form>", re.DOTALL)
    bare = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "templates").rglob("*.html"))
        for body in pattern.findall(path.read_text(encoding="utf-8"))
        if "csrf_token" not in body
    ]
    assert bare == []


PROBES: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("Order.objects.filter(pk=1).update(state='x')", lambda code: bool(re.search(FORBIDDEN[0][0], code))),
    ("fields = '__all__'", lambda code: bool(re.search(FORBIDDEN[1][0], code))),
    ("task.apply_async(eta=now)", lambda code: bool(re.search(FORBIDDEN[2][0], code))),
    ("datetime.now(tz)", lambda code: bool(re.search(FORBIDDEN[3][0], code))),
    ('<p style="color:red">', lambda code: bool(re.search(TEMPLATE_RULES[0][0], code))),
    ('<a onclick="x()">', lambda code: bool(re.search(TEMPLATE_RULES[1][0], code))),
    ("<script>alert(1)</script>", lambda code: bool(re.search(TEMPLATE_RULES[2][0], code))),
)


@pytest.mark.parametrize(("code", "caught"), PROBES, ids=[code for code, _caught in PROBES])
def test_the_patterns_catch_what_they_are_for(code: str, caught: Callable[[str], bool]) -> None:
    assert caught(code)
