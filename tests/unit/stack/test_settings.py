"""A secret is named by a version that gives nothing away and changes with its value, its name and its stack."""

from tests.unit.stack.program import KEY, Stack


def version(stack: Stack, **changes: str) -> str:
    """The version of the stack's key, under a name or with a value of its own."""
    stack.config = {"ocrfleet:api-key": changes.get("value", KEY)}
    secret = stack.run().declared[f"Service {stack.name}"].inputs["secrets"]["api-key"]
    return str(secret["version"])


def test_the_same_secret_has_the_same_version_in_every_run(stack: Stack) -> None:
    assert version(stack) == version(stack)


def test_another_value_is_another_version(stack: Stack) -> None:
    assert version(stack) != version(stack, value=KEY[:-1] + "3")


def test_the_same_value_in_another_stack_is_another_version(stack: Stack) -> None:
    first = version(stack)
    (stack.project.hosts / "lab.yaml").rename(stack.project.hosts / "attic.yaml")
    path = stack.project.hosts / "attic.yaml"
    path.write_text(path.read_text("utf-8").replace("name: lab", "name: attic"), encoding="utf-8")
    stack.name = "attic"
    assert version(stack) != first


def test_the_same_value_under_two_names_has_two_versions(stack: Stack) -> None:
    path = stack.project.hosts / "lab.yaml"
    path.write_text(path.read_text("utf-8").replace("[api-key]", "[api-key, next-key]"), encoding="utf-8")
    stack.config = {"ocrfleet:api-key": KEY, "ocrfleet:next-key": KEY}
    secrets = stack.run().declared["Service lab"].inputs["secrets"]
    assert secrets["api-key"]["version"] != secrets["next-key"]["version"]
