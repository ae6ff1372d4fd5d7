"""What is registered side by side does not know each other, and nothing that could be registered was forgotten."""

import ast
import importlib
from collections.abc import Iterator

import grimp
import pytest

from sixnines import registry
from sixnines.cli.app import COMMANDS
from sixnines.config.checks import CHECKS
from sixnines.control.verify.registry import GROUPS
from support.checkout import SOURCE

# A folder, and the name that a module in it defines when it is one of those that get registered.
REGISTERED_NAMES = {
    "providers": "KIND",
    "endpoints": "ENDPOINT",
    "config.checks": "CHECK",
    "control.verify.groups": "GROUP",
}
# Registries that hold instances of classes: the page that lists them, and the folder that they come from.
LISTED = {
    "strategies": ("registry.py", "routing.strategies"),
    "stand-ins": ("testing/engines/registry.py", "testing.engines"),
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("sixnines", cache_dir=None)


def defining(package: str, name: str) -> list[str]:
    """The modules of `sixnines.<package>` that define `name` at their top level."""
    folder = SOURCE.joinpath(*package.split("."))
    return [
        f"sixnines.{package}.{path.stem}" for path in sorted(folder.glob("*.py")) if name in top_level(path.read_text())
    ]


def top_level(source: str) -> Iterator[str]:
    """The names that a module assigns at its top level."""
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def listed(page: str, package: str) -> list[str]:
    """The modules of `sixnines.<package>` that a registry page imports, its interface left out."""
    tree = ast.parse((SOURCE / page).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    prefix = f"sixnines.{package}."
    return sorted(name for name in imported if name.startswith(prefix) and name != f"{prefix}interface")


def siblings() -> dict[str, list[str]]:
    """Each group of modules that must not know each other."""
    groups = {package: defining(package, name) for package, name in REGISTERED_NAMES.items()}
    groups["dialects"] = [f"sixnines.dialects.{path.parent.name}" for path in SOURCE.glob("dialects/*/__init__.py")]
    groups |= {name: listed(page, package) for name, (page, package) in LISTED.items()}
    groups["commands"] = [entry.module for entry in COMMANDS]
    return groups


def acquaintances(graph: grimp.ImportGraph, modules: list[str]) -> list[str]:
    """The imports, direct or not, between modules that should not know each other."""
    found = graph.find_illegal_dependencies_for_layers(layers=({*modules},))
    return sorted(f"{each.importer} -> {each.imported}" for each in found)


@pytest.mark.parametrize(
    ("group", "modules"), siblings().items(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_siblings_do_not_know_each_other(graph: grimp.ImportGraph, group: str, modules: list[str]) -> None:
    assert len(modules) > 1, f"no {group} found: this test looks in the wrong place"
    assert acquaintances(graph, modules) == []


def test_no_file_that_could_be_registered_was_forgotten() -> None:
    registered = {
        "providers": registry.KINDS,
        "endpoints": registry.ENDPOINTS,
        "config.checks": CHECKS,
        "control.verify.groups": GROUPS,
    }
    forgotten = [
        module
        for package, name in REGISTERED_NAMES.items()
        for module in defining(package, name)
        if getattr(importlib.import_module(module), name) not in registered[package]
    ]
    assert forgotten == []


def test_no_strategy_was_forgotten() -> None:
    files = {f"sixnines.routing.strategies.{path.stem}" for path in SOURCE.glob("routing/strategies/[a-z]*.py")}
    assert files == {*listed(*LISTED["strategies"])}


def test_the_gate_catches_two_siblings_that_know_each_other_through_a_third() -> None:
    graph = grimp.ImportGraph()
    for name in ("x.a", "x.b", "x.c", "x.shared"):
        graph.add_module(name)
    graph.add_import(importer="x.a", imported="x.shared")
    graph.add_import(importer="x.shared", imported="x.b")
    assert acquaintances(graph, ["x.a", "x.b", "x.c"]) == ["x.a -> x.b"]


def test_a_registered_name_is_found_however_it_is_assigned() -> None:
    assert [*top_level("KIND = 1\nCHECK: int = 2\ndef f():\n    ENGINE = 3\n")] == ["KIND", "CHECK"]
