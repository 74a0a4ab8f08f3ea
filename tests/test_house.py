"""The house rules of CONTRIBUTING.md, held by tests: layers, mirrors, sizes, names, documents, templates."""

from __future__ import annotations

import ast
import functools
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from stillwatch.cli import app
from stillwatch.config import Settings

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "stillwatch"
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

MOST_LINES = 400
MEDIAN_LINES = 160
FOUNDATION = {"schema", "findings", "inquiry", "marks", "errors", "config", "engines"}
ROOMS = {"sources", "sketches", "signals", "links", "campaigns", "simulate", "response", "evidence", "provenance"}
MAY_IMPORT = {
    "errors": set[str](),
    "schema": {"errors"},
    "findings": {"errors"},
    "inquiry": {"errors"},
    "marks": {"errors"},
    "config": {"errors"},
    "engines": {"errors", "schema", "config"},
    **dict.fromkeys(ROOMS, FOUNDATION),
    "console": {*FOUNDATION, "pipeline", "outcome"},
    "bench": {*FOUNDATION, "pipeline", "outcome", "ingest", "simulate", "signals", "sketches", "links", "provenance"},
    "watch": {*FOUNDATION, "pipeline", "outcome", "lake", "commits", "links", "campaigns"},
}
LOUD = {"console/terminal.py"}
HEAVY = {
    "altair", "cryptography", "duckdb", "hypothesis", "networkit", "numba", "numpy", "pyarrow", "pyspark", "scipy",
    "sqlglot", "tokenizers", "torch", "transformers", "vl_convert",
}  # fmt: skip


def short(path: Path) -> str:
    return path.relative_to(SOURCE if path.is_relative_to(SOURCE) else ROOT).as_posix()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree(path)))


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def module_name(path: Path) -> str:
    return ".".join(("stillwatch", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")


def own_imports(path: Path) -> Iterator[tuple[str, str]]:
    """(module of this package, name taken from it or "") for every import in a file, those inside functions too."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "stillwatch")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{short(path)}: imports are written in full"
            if node.module and node.module.split(".")[0] == "stillwatch":
                yield from ((node.module, alias.name) for alias in node.names)


def rooms_used(path: Path) -> set[str]:
    used = set()
    for module, name in own_imports(path):
        parts = module.split(".")
        used.add(
            parts[1] if len(parts) > 1 else name if (SOURCE / name).exists() or (SOURCE / f"{name}.py").exists() else ""
        )
    return used - {room(path), "", "__version__"}


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_imports_run_one_way(path: Path) -> None:
    used = rooms_used(path)
    own = room(path)
    assert "cli" not in used
    if own != "cli":
        assert "console" not in used
    if own in MAY_IMPORT:
        assert used <= MAY_IMPORT[own]


def test_every_source_file_has_its_mirror() -> None:
    expected = {
        (ROOT / "tests" / path.relative_to(SOURCE)).with_name(f"test_{path.name}")
        for path in MODULES
        if path.name != "__init__.py"
    }
    assert sorted(short(path) for path in expected if not path.is_file()) == []


def test_every_test_mirrors_a_source_file() -> None:
    names = {path.relative_to(SOURCE).as_posix() for path in MODULES}
    tests = [
        path
        for path in TESTS
        if path.name.startswith("test_")
        and path.name not in {"test_conformance.py", "test_hostile.py", "test_house.py", "test_sql.py", "test_docs.py"}
    ]
    mirrored = {p: p.relative_to(ROOT / "tests").with_name(p.name.removeprefix("test_")).as_posix() for p in tests}
    assert sorted(short(path) for path, source in mirrored.items() if source not in names) == []
    assert [short(path) for path in TESTS if path.name == "__init__.py"] == []


def test_files_are_short() -> None:
    lines = {short(p): len(p.read_text(encoding="utf-8").splitlines()) for p in [*MODULES, *TESTS]}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
    assert statistics.median(lines[short(p)] for p in MODULES if p.name != "__init__.py") <= MEDIAN_LINES


def public_names(path: Path) -> list[str] | None:
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            names = ast.literal_eval(node.value)
            assert isinstance(names, list)
            return names
    return None


def functions_of(path: Path) -> set[str]:
    return {node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)}


def in_order(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_all_is_exact_and_sorted(path: Path) -> None:
    names = public_names(path)
    assert names is not None, "every module says what it offers"
    assert names == sorted(set(names), key=in_order)
    defined = {n.id for n in nodes(path) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            defined.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            defined |= {alias.asname or alias.name for alias in node.names}
        elif (
            isinstance(node, ast.If)
            and ast.unparse(node.test) == "TYPE_CHECKING"
            and "__getattr__" in functions_of(path)
        ):
            # Looked up when first used: that each name is there is for that module's own test to show.
            defined |= {a.asname or a.name for one in node.body if isinstance(one, ast.ImportFrom) for a in one.names}
    assert set(names) <= defined


def test_what_is_taken_is_offered() -> None:
    offers = {module_name(path): public_names(path) or [] for path in MODULES}
    taken = [
        f"{short(path)} takes {name} from {module}"
        for path in MODULES
        for module, name in own_imports(path)
        if name and module in offers and name not in offers[module] and f"{module}.{name}" not in offers
        if module.split(".")[1:2] != [room(path)]  # inside one room, files may share more than they offer
    ]
    assert taken == []


@pytest.mark.parametrize("path", [p for p in MODULES if short(p) not in LOUD and room(p) != "cli"], ids=short)
def test_nobody_else_speaks_to_the_terminal(path: Path) -> None:
    calls = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
    said = [f"line {c.lineno}" for c in calls if isinstance(c, ast.Name) and c.id in {"print", "breakpoint", "input"}]
    dotted = {"sys.stdout.write", "sys.stderr.write", "typer.echo"}
    said += [f"line {c.lineno}" for c in calls if isinstance(c, ast.Attribute) and ast.unparse(c) in dotted]
    assert said == []


@pytest.mark.parametrize("code", ["import stillwatch", "import stillwatch.cli", "import stillwatch.config"])
def test_the_first_import_is_light(code: str) -> None:
    show = f"{code}; import sys; sys.stdout.write(' '.join(m for m in sys.modules if '.' not in m))"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)  # noqa: S603
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize("path", sorted((SOURCE / "console" / "templates").iterdir()), ids=short)
def test_templates_reference_nothing_remote(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.findall(r"https?:|//[a-z]|@import|url\(|<script|<link|\bsrc=|\bon[a-z]+=", text) == []
    assert set(re.findall(r"\{\{[^}]*\|\s*safe\s*\}\}", text)) <= {
        "{{ activity|safe }}", "{{ drawing.svg|safe }}", "{{ reliability|safe }}",
        "{{ entry.timeline|safe }}", "{{ entry.waterfall|safe }}", "{{ entry.targets|safe }}",
    }  # fmt: skip


def commands() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}

    def visit(name: str, command: Any) -> None:
        inside = getattr(command, "commands", {})
        if not (name and inside):
            found[name] = [option for p in command.params for option in p.opts if option.startswith("--")]
        for own, one in inside.items():
            visit(f"{name} {own}".strip(), one)

    visit("", typer.main.get_command(app))
    return found


@pytest.mark.parametrize(
    ("command", "flags"), commands().items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_docs_tell_every_command_and_flag(command: str, flags: list[str]) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    sections = {part.splitlines()[0]: part for part in page.split("\n## ")}
    section = (
        next((text for head, text in sections.items() if f"`stillwatch {command}" in head), "") if command else page
    )
    assert section, f"docs/commands.md has a heading for {command}"
    assert [flag for flag in flags if f"`{flag}`" not in section and f"`stillwatch {flag}`" not in section] == []
    if command:
        assert "--json" in flags


def test_docs_tell_no_flag_that_is_gone() -> None:
    known = {flag for flags in commands().values() for flag in flags} | {"--help"}
    told = re.findall(r"`(--[a-z-]+)", (ROOT / "docs" / "commands.md").read_text(encoding="utf-8"))
    assert sorted(set(told) - known) == []


def test_docs_tell_every_setting() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = {row[0]: row for row in re.findall(r"^\| `([a-z_]+)` \| `([A-Z_]+)` \|.*\| (.*) \|$", page, re.MULTILINE)}
    assert set(rows) == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        assert rows[name][1] == f"STILLWATCH_{name.upper()}"
        assert str(field.description) in rows[name][2]


def test_docs_tell_every_exit_status() -> None:
    from stillwatch import errors
    from stillwatch.cli.ending import INTERNAL_ERROR, INTERRUPTED

    page = (ROOT / "docs" / "exit-status.md").read_text(encoding="utf-8")
    told = {int(status) for status in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}
    used = {getattr(errors, name).exit_status for name in errors.__all__} | {0, INTERNAL_ERROR, INTERRUPTED}
    assert told == used


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_docs_links_resolve(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text)]
    local = [link for link in links if link and not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (page.parent / link).exists()] == []
