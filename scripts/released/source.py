"""A released source tree of vLLM, as syntax trees: finds what a name stands for, across modules."""

import ast
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Definition = ast.ClassDef | ast.expr


@dataclass(frozen=True)
class Found:
    """A class or a type expression, and the module whose names it uses."""

    node: Definition
    module: str


class Source:
    """The Python files of one sdist."""

    def __init__(self, archive: Path) -> None:
        with tarfile.open(archive) as tar:
            self._texts = {_module(member.name): _read(tar, member) for member in tar if _wanted(member.name)}
        self.tree = cache(self._tree)

    def modules(self, part: str) -> list[str]:
        """The modules whose name ends in this."""
        return sorted(name for name in self._texts if name.endswith(part))

    def _tree(self, module: str) -> ast.Module:
        return ast.parse(self._texts[module])

    def find(self, module: str, name: str) -> Found | None:
        """What a name means in a module; nothing for names from outside vLLM."""
        if module not in self._texts:
            return None
        options = (self._defined(module, node, name) for node in _statements(self.tree(module)))
        return next((found for found in options if found), None)

    def must_find(self, module: str, name: str) -> Found:
        """The same, where vLLM is otherwise built as nobody here knows it."""
        found = self.find(module, name)
        if found is None:
            raise LookupError(f"{module} has no {name}")
        return found

    def _defined(self, module: str, node: ast.stmt, name: str) -> Found | None:
        if isinstance(node, ast.ClassDef):
            return Found(node, module) if node.name == name else None
        if isinstance(node, ast.ImportFrom):
            named = [alias.name for alias in node.names if (alias.asname or alias.name) == name]
            return self._import(module, node, named[0]) if named else None
        value = _assigned(node, name)
        return None if value is None else Found(value, module)

    def _import(self, module: str, node: ast.ImportFrom, name: str) -> Found | None:
        package = module if f"{module}.__init__" in self._texts else module.rpartition(".")[0]
        around = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        origin = ".".join([*around, *([node.module] if node.module else [])])
        return self.find(origin, name) or self.find(f"{origin}.__init__", name)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement of a module that runs when it is imported, or for type checkers."""
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.If | ast.Try):
            pending = [*node.body, *node.orelse, *pending]
        yield node


def _assigned(node: ast.stmt, name: str) -> ast.expr | None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return getattr(node, "value", None) if name in names else None


def _wanted(path: str) -> bool:
    return path.endswith(".py") and path.split("/")[1:2] == ["vllm"]


def _module(path: str) -> str:
    return path.removesuffix(".py").partition("/")[2].replace("/", ".")


def _read(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    return file.read().decode() if file else ""
