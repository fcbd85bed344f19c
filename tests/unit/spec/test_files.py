"""A file that is not a host file is refused with the line, whatever is wrong with it, and no value is repeated."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ocrfleet.errors import BadHostFile, UnknownHost
from ocrfleet.project import Project
from ocrfleet.spec import host_names, load_host
from ocrfleet.spec.marks import Marks
from ocrfleet.spec.plain import Plain, Quick, composed
from tests.unit.spec.files import FILE, LAB, ROOT, parse, problems

POISON = "hunter2"
SYNTAX = {
    "a tab": ("name: lab\n\tarch: any\n", 2, "found character '\\t' that cannot start any token"),
    "an open list": (f"name: lab\narch: [{POISON}\n", 3, "expected ',' or ']', but got '<stream end>'"),
    "an open quote": (f'name: lab\narch: "{POISON}\n', 3, "found unexpected end of stream"),
    "a wrong escape": (f'name: lab\narch: "\\{POISON}"\n', 2, "found unknown escape character 'h'"),
    "no space after a colon": (f"name: lab\narch:any\nssh: {POISON}\n", 3, "could not find expected ':'"),
    "an anchor": (f"name: lab\narch: &{POISON} any\n", 2, "expected no anchors, aliases or tags"),
    "an alias": (f"name: lab\narch: *{POISON}\n", 2, "expected no anchors, aliases or tags"),
    "a tag": (f"name: lab\narch: !{POISON} any\n", 2, "expected no anchors, aliases or tags"),
    "a tag of Python's": (f"name: !!python/object/apply:os.system [{POISON}]\n", 1, "expected no anchors"),
    "a tag whose handle is unknown": (f"name: !{POISON}!x lab\n", 1, "found undefined tag handle …"),
    "two documents": (
        f"name: lab\n---\nname: {POISON}\n",
        2,
        "expected a single document in the stream, but",
    ),
    "a list as a key": (f"name: lab\n? [{POISON}]\n: any\n", 2, "found unhashable key"),
    "a null character": ("name: lab\narch: a\0ny\n", 2, "expected no control characters"),
    "a bell": ("name: lab\n\n\narch: a\x07ny\n", 4, "expected no control characters"),
    "too many brackets": ("name: " + "[" * 1500, 1, "expected less nesting"),
}
NOT_KEYS = {"nothing": "", "only a comment": "# name: lab\n", "a list": f"- {POISON}\n", "a word": f"{POISON}\n"}


@pytest.mark.parametrize(("text", "line", "expected"), SYNTAX.values(), ids=SYNTAX.keys())
def test_text_that_is_not_yaml_is_refused_with_its_line(text: str, line: int, expected: str) -> None:
    (found,) = problems(text)
    assert found.startswith(f"{FILE}:{line}: (syntax): ")
    assert expected in found
    assert POISON not in found


@pytest.mark.parametrize("text", NOT_KEYS.values(), ids=NOT_KEYS.keys())
def test_a_file_without_keys_is_refused(text: str) -> None:
    assert problems(text) == [f"{FILE}:1: (file): expected keys and values, like `name: calypso`"]


def test_a_key_that_stands_there_twice_is_named_with_both_lines() -> None:
    (found,) = problems(LAB.replace("gate:", "arch: arm64\n\ngate:"))
    assert found == f"{FILE}:33: arch: expected once, but it stands on line 4 too"


def test_a_key_that_stands_twice_on_one_line_is_refused_too() -> None:
    text = LAB.replace("{from_env: PIP_INDEX_URL}", "{from_env: PIP_INDEX_URL, from_env: OTHER}")
    assert problems(text) == [
        f"{FILE}:18: build.secrets.pip_index.from_env: expected once, but it stands on line 18 too"
    ]


def test_what_is_under_a_repeated_key_is_not_called_repeated() -> None:
    assert len(problems(f"{LAB}\nproxy:\n  port: 8000\n")) == 1


@pytest.mark.parametrize("key", ["1", "true", "null", "<<", "2000-01-01"])
def test_a_key_that_is_not_text_or_not_ours_is_refused(key: str) -> None:
    (found,) = problems(f"{LAB}{key}: {POISON}\n")
    assert ": expected text as a key" in found or ": expected no such key" in found
    assert POISON not in found


@pytest.mark.parametrize(("value", "read"), [("010", "010"), ("no", "no"), ("1_000", "1_000"), ("12:30", "12:30")])
def test_what_yaml_takes_for_a_number_or_false_stays_text(value: str, read: str) -> None:
    assert parse(LAB.replace("psm: 6", f"psm: {value}")).engine.flags["psm"] == read


@pytest.mark.parametrize(("value", "read"), [("6", 6), ("-3", -3), ("0.5", 0.5), ("1e3", 1000.0), ("true", True)])
def test_numbers_and_true_are_read_as_such(value: str, read: float) -> None:
    assert parse(LAB.replace("psm: 6", f"psm: {value}")).engine.flags["psm"] == read


@pytest.mark.parametrize("key", ["drain_seconds: 30", "psm: 6"])
def test_a_number_without_end_is_no_number(key: str) -> None:
    (found,) = problems(LAB.replace(key, f"{key.split(':', maxsplit=1)[0]}: 1e999"))
    assert ": expected" in found


def test_a_file_for_another_host_is_refused() -> None:
    with pytest.raises(BadHostFile, match="name: expected spark, as the file is called"):
        parse(LAB, name="spark")


def test_a_host_without_a_file_is_refused_with_the_hosts_that_exist(tmp_path: Path) -> None:
    project = folder(tmp_path, {"calypso.yaml": "", "spark.yaml": "", "host.schema.json": "{}"})
    with pytest.raises(UnknownHost, match=r"no host file hosts/lab\.yaml .hosts here: calypso, spark"):
        load_host(project, "lab")


@pytest.mark.parametrize("name", ["../lab", "", ".", "lab.yaml", "sub"])
def test_a_name_that_is_not_a_file_under_hosts_is_unknown(tmp_path: Path, name: str) -> None:
    project = folder(tmp_path, {"spark.yaml": ""})
    (tmp_path / "lab.yaml").write_text(LAB, encoding="utf-8")
    (project.hosts / "sub.yaml").mkdir()
    with pytest.raises(UnknownHost):
        load_host(project, name)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    project = folder(tmp_path, {})
    (project.hosts / "lab.yaml").write_bytes(b"name: lab\narch: \xff\n")
    with pytest.raises(BadHostFile, match=r"hosts/lab\.yaml:2: .file.: expected UTF-8 text"):
        load_host(project, "lab")


def test_a_file_with_windows_line_ends_and_a_mark_is_read(tmp_path: Path) -> None:
    project = folder(tmp_path, {})
    (project.hosts / "lab.yaml").write_bytes(b"\xef\xbb\xbf" + LAB.replace("\n", "\r\n").encode())
    assert load_host(project, "lab") == parse(LAB)


def test_every_host_of_this_project_is_valid() -> None:
    project = Project(ROOT)
    assert {load_host(project, name).name for name in host_names(project)} >= {"lab"}


def folder(root: Path, files: dict[str, str]) -> Project:
    """A project with these host files."""
    (root / "hosts").mkdir()
    for name, text in files.items():
        (root / "hosts" / name).write_text(text, encoding="utf-8")
    return Project(root)


@given(
    st.text("ab: -\n[]{},'\"#|>~0n\t\x07&*!é", max_size=40) | st.lists(st.sampled_from(LAB.splitlines())).map("\n".join)
)
def test_both_ways_to_read_agree(text: str) -> None:
    try:
        node, quick = Quick(text).get_single_node(), composed(text)[1]
    except yaml.YAMLError:
        return
    plain = Plain(text).get_single_node()
    assert Marks.of(node, FILE) == Marks.of(plain, FILE) if node else plain is None
    assert quick == Plain(text).get_single_data()
