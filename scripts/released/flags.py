"""The flags of `vllm serve` in one source tree: every `add_argument` of its parser, and what it takes."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.released.kinds import fields, hints, kind
from scripts.released.source import Found, Source

ENGINE, ENVIRONMENT = "vllm.engine.arg_utils", "vllm.envs"
KINDS = {"int": "int", "float": "float", "str": "text", "json.loads": "keys"}
ACTIONS = {"argparse.BooleanOptionalAction": "switch", "'store_true'": "flag"}
Flag = dict[str, Any]
JSON: Flag = {"kind": "json"}
TEXT: Flag = {"kind": "text"}


def flags(source: Source) -> dict[str, Flag]:
    """Every flag by name, without dashes in front."""
    front = next(name for name in source.modules(".cli_args") if source.find(name, "FrontendArgs"))
    return {**_frontend(source, front), **_added(source, front), **_added(source, ENGINE)}


def variables(source: Source) -> list[str]:
    """The environment variables that vLLM itself reads."""
    found = source.find(ENVIRONMENT, "environment_variables")
    keys = found.node.keys if found and isinstance(found.node, ast.Dict) else []
    return sorted(key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))


def _frontend(source: Source, module: str) -> dict[str, Flag]:
    """The server's own flags: one a field, made in a loop."""
    tree = source.tree(module)
    own = {name: kind(hints(source, where)) for name, where in fields(source, source.must_find(module, "FrontendArgs"))}
    changed = {**dict.fromkeys(_set_to(tree, "json.loads"), JSON), **dict.fromkeys(_set_to(tree, "'append'"), TEXT)}
    return {name.replace("_", "-"): changed.get(name, flag) for name, flag in own.items()}


def _set_to(tree: ast.Module, value: str) -> Iterator[str]:
    """The fields that get this after all: `frontend_kwargs["middleware"]["action"] = "append"`."""
    for node in ast.walk(tree):
        target = node.targets[0] if isinstance(node, ast.Assign) and ast.unparse(node.value) == value else None
        inner = target.value if isinstance(target, ast.Subscript) else None
        if isinstance(inner, ast.Subscript) and isinstance(inner.slice, ast.Constant):
            yield str(inner.slice.value)


def _added(source: Source, module: str) -> dict[str, Flag]:
    """The flags added by name, one call each."""
    tree = source.tree(module)
    made = Made.of(tree, sizes=_sizes(source.tree(ENGINE)))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = ((next(filter(None, map(_long, call.args)), None), call) for call in calls if _adds(call))
    return {name[2:]: _flag(source, call, made) for name, call in named if name}


def _adds(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument"


def _long(node: ast.expr) -> str | None:
    word = node.value if isinstance(node, ast.Constant) else None
    return word if isinstance(word, str) and word.startswith("--") else None


@dataclass(frozen=True)
class Made:
    """Which variables hold the words for a class's fields, which for one field, and which fields are sizes."""

    classes: dict[str, str]
    fields: dict[str, tuple[str, str]]
    sizes: set[str]

    @classmethod
    def of(cls, tree: ast.Module, *, sizes: set[str]) -> "Made":
        assigned = {
            node.targets[0].id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        calls = {name: value for name, value in assigned.items() if isinstance(value, ast.Call) and value.args}
        classes = {
            name: ast.unparse(call.args[0]) for name, call in calls.items() if ast.unparse(call.func) == "get_kwargs"
        }
        found = {name: _key_of(value, classes) for name, value in assigned.items()}
        return cls(classes, {name: key for name, key in found.items() if key}, sizes)

    def field(self, node: ast.expr) -> tuple[str, str] | None:
        """The field that `**model_kwargs["dtype"]` or `**dtype_kwargs` stands for, also inside `**{...}`."""
        for inner in ast.walk(node):
            known = self.fields.get(inner.id) if isinstance(inner, ast.Name) else _key_of(inner, self.classes)
            if known:
                return known
        return None


def _key_of(node: ast.AST, classes: dict[str, str]) -> tuple[str, str] | None:
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in classes:
        return classes[node.value.id], str(getattr(node.slice, "value", ""))
    return None


def _flag(source: Source, call: ast.Call, made: Made) -> Flag:
    flag = dict(TEXT)
    for keyword in call.keywords:
        value = ast.unparse(keyword.value)
        if keyword.arg is None:
            field = made.field(keyword.value)
            flag |= _field(source, *field, made.sizes) if field else {}
        elif keyword.arg == "action":
            flag["kind"] = ACTIONS.get(value, flag["kind"])
        elif keyword.arg == "type":
            flag["kind"] = KINDS.get(value, flag["kind"])
        elif keyword.arg == "choices":
            words = [node.value for node in ast.walk(keyword.value) if isinstance(node, ast.Constant)]
            flag |= {"kind": "choice", "choices": sorted({str(word) for word in words if word})}
    return flag


def _field(source: Source, cls: str, name: str, sizes: set[str]) -> Flag:
    found = source.must_find(ENGINE, cls)
    where = dict(fields(source, found))
    flag = kind(hints(source, where[name])) if name in where else {"kind": "text"}
    is_size = flag["kind"] == "int" and name in sizes
    default = _default(found, name)
    return {**flag, **({"kind": "size"} if is_size else {}), **({"default": default} if default else {})}


def _sizes(tree: ast.Module) -> set[str]:
    """The numbers that may be written as 8k: their names stand in the function that makes the parser's words."""
    makers = [node for node in ast.walk(tree) if getattr(node, "name", "") in {"_compute_kwargs", "get_kwargs"}]
    return {str(node.value) for maker in makers for node in ast.walk(maker) if isinstance(node, ast.Constant)}


def _default(found: Found, name: str) -> str | None:
    """A field's default as it stands in the source."""
    for node in getattr(found.node, "body", []):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            made = isinstance(node.value, ast.Call)
            inner = [word.value for word in getattr(node.value, "keywords", []) if word.arg == "default"]
            value = inner[0] if inner else None if made else node.value
            return ast.unparse(value) if value is not None else None
    return None
