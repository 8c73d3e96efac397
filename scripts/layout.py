"""Prints figures on the layout of a checkout: packages, imports, templates, functions and names.

    python3 scripts/layout.py [FOLDER]

FOLDER is this repository by default. To measure an older commit, make a checkout of it first
(`git worktree add ../before COMMIT`) and give its folder. Needs only the standard library.

The modules of the product are counted. Tests, migrations, benchmarks, scripts and empty files are
left out, and so are imports that only a type checker sees and templates whose name is a variable.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from statistics import mean, median, quantiles

REPOSITORY = Path(__file__).resolve().parent.parent
LEFT_OUT = {"tests", "migrations", "benchmarks", "scripts"}
MADE_OF = re.compile(r"""{%\s*(?:include|extends)\s+["']([^"']+)["']""")
INCLUDE = re.compile(r"{%\s*include\s")

Graph = dict[str, set[str]]


def main(folder: Path) -> None:
    """Print the figures of one checkout."""
    texts = read_modules(folder)
    trees = {name: ast.parse(text) for name, text in texts.items()}
    arrows = {name: set(imported(tree, set(texts))) - {name} for name, tree in trees.items()}
    print_packages(texts)
    print_arrows("in all", arrows)
    names = {name for name in arrows if f"{name}.".startswith("imports.")}
    print_arrows("inside imports/", {name: arrows[name] & names for name in names})
    print_code([node for tree in trees.values() for node in ast.walk(tree)])
    print_templates(folder / "templates")


def read_modules(folder: Path) -> dict[str, str]:
    """Return the text of each module of the product by its dotted name; `x.__init__` is `x.`."""
    packages = [each.parent for each in folder.glob("*/__init__.py")]
    texts = {}
    for file in chain.from_iterable(package.rglob("*.py") for package in packages):
        parts = file.relative_to(folder).with_suffix("").parts
        if not LEFT_OUT & set(parts) and (text := file.read_text(encoding="utf-8")).strip():
            texts[".".join(parts).removesuffix("__init__")] = text
    return texts


def imported(tree: ast.AST, known: set[str]) -> Iterator[str]:
    """Yield the known modules that a module imports, or from which it imports something."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names = (f"{node.module}.{alias.name}", f"{node.module}.{alias.name}.")
                candidates = (*names, f"{node.module}", f"{node.module}.")
                yield from [name for name in candidates if name in known][:1]
        elif not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)):
            yield from imported(node, known)


def reachable(name: str, arrows: Graph) -> set[str]:
    """Return all names that a name leads to, directly or through others; itself only in a cycle."""
    reached: set[str] = set()
    ahead = arrows.get(name, set())
    while ahead:
        reached |= ahead
        ahead = {other for each in ahead for other in arrows.get(each, ())} - reached
    return reached


def cycles_of(arrows: Graph) -> set[frozenset[str]]:
    """Return the groups of modules that import each other, directly or through others."""
    reach = {name: reachable(name, arrows) for name in arrows}
    return {
        frozenset(other for other in reach[name] if name in reach[other])
        for name in arrows
        if name in reach[name]
    }


def longest_chain(arrows: Graph) -> list[str]:
    """Return a longest path along the arrows; the modules of a cycle count as one."""
    group_of = {name: "=".join(sorted(group)) for group in cycles_of(arrows) for name in group}
    steps: Graph = defaultdict(set)
    for name, others in arrows.items():
        own = group_of.get(name, name)
        steps[own] |= {group_of.get(other, other) for other in others} - {own}
    longest: dict[str, list[str]] = {}
    # The order guarantees that everything that a step leads to comes before it.
    for name in sorted(steps, key=lambda each: (len(reachable(each, steps)), each)):
        further = (longest[other] for other in sorted(steps[name]))
        longest[name] = [name, *max(further, key=len, default=[])]
    return max(longest.values(), key=len, default=[])


def print_packages(texts: dict[str, str]) -> None:
    """Print how many modules and lines each package and each sub-package has."""
    lines: dict[str, list[int]] = defaultdict(list)
    for name, text in texts.items():
        lines["/".join(name.split(".")[:-1][:2])].append(len(text.splitlines()))
    print(f"{'package':<28}{'modules':>8}{'lines':>8}")
    for name, counts in [*sorted(lines.items()), ("in all", [*chain(*lines.values())])]:
        print(f"{name:<28}{len(counts):>8}{sum(counts):>8,}")


def print_arrows(where: str, arrows: Graph) -> None:
    """Print the number of imports and cycles, and the longest chain."""
    chain_of_names = longest_chain(arrows)
    print(f"\n{where}: {sum(map(len, arrows.values()))} imports, {len(cycles_of(arrows))} cycles")
    print(f"the longest chain has {len(chain_of_names)} modules: {' > '.join(chain_of_names)}")


def print_code(nodes: list[ast.AST]) -> None:
    """Print the lengths of functions and of the names that are defined."""
    lengths = [length(node) for node in nodes if isinstance(node, ast.FunctionDef)]
    names = {name for node in nodes if (name := defined(node))}
    print(
        f"\nfunctions: {len(lengths):,}; lines without docstring: median {median(lengths):g}",
        end="",
    )
    print(f", 90th percentile {quantiles(lengths, n=10)[-1]:g}, longest {max(lengths)}")
    print(f"names: {len(names):,}; characters: mean {mean(map(len, names)):.1f}")


def length(function: ast.FunctionDef) -> int:
    """Return the lines of a function's body; a docstring does not count."""
    body = function.body[bool(ast.get_docstring(function)) :]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def defined(node: ast.AST) -> str | None:
    """Return the function, class, parameter, variable or attribute that a node defines."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
            return name
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
    return None


def print_templates(folder: Path) -> None:
    """Print the number of templates that each page is made of, which includes the page itself."""
    texts = {f"{each.relative_to(folder)}": each.read_text() for each in folder.rglob("*.html")}
    made_of = {name: set(MADE_OF.findall(text)) for name, text in texts.items()}
    tags = sum(len(INCLUDE.findall(text)) for text in texts.values())
    pages = [name for name in texts if not Path(name).name.startswith("_")]
    print(f"\ntemplates: {len(texts)}; include tags: {tags}; templates that a page is made of:")
    for count, page in sorted((-1 - len(reachable(page, made_of)), page) for page in pages):
        print(f"{-count:>4}  {page}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY)
