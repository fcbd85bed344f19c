"""A stack that cannot be deployed is refused in our words, before any resource of its host is declared."""

import pulumi  # noqa: TID251  Pulumi's side
import pytest

from tests.unit.stack.program import KEY, Stack

FIX = "next:    openssl rand -hex 32 | pulumi config set --secret ocrfleet:api-key -s lab"
WRONG_KEYS = {
    "short": "hunter2",
    "long": "hunter2" * 30,
    "empty": "",
    "a line end": f"{KEY}\n",
    "a blank": f"{KEY} {KEY}",
    "a letter that is not everywhere": f"{KEY}ü",
}


def refused(stack: Stack) -> str:
    """What the operator is told; nothing of the host was declared by then."""
    with pytest.raises(pulumi.RunError) as error:
        stack.run()
    assert list(stack.engine.declared) == [f"Stack ocrfleet-{stack.name}", "ocrfleet ocrfleet"]
    message = str(error.value)
    assert message.endswith("\n(ocrfleet exit code 10)")
    assert "\nserving: not asked; nothing was sent to the host\nchanged: nothing\n" in message
    return message


def test_a_stack_without_a_host_file(stack: Stack) -> None:
    stack.name = "attic"
    message = refused(stack)
    assert message.startswith("\nfailed:  there is no host file hosts/attic.yaml (hosts here: lab)\n")
    assert "\nnext:    name one of these hosts, or make the file with: ocrfleet init attic\n" in message


def test_a_host_file_with_a_wrong_key(stack: Stack) -> None:
    path = stack.project.hosts / "lab.yaml"
    path.write_text(path.read_text("utf-8").replace("arch:", "arhc:"), encoding="utf-8")
    assert "hosts/lab.yaml:4: arhc: " in refused(stack)


def test_a_template_that_does_not_render(stack: Stack) -> None:
    (stack.project.templates / "lab" / "Dockerfile.j2").write_text("FROM {{ nothing }}\n", encoding="utf-8")
    assert "the templates do not render:\n         templates/lab/Dockerfile.j2:1" in refused(stack)


def test_a_secret_that_is_missing(stack: Stack) -> None:
    stack.config = {}
    message = refused(stack)
    assert "the stack has no secret ocrfleet:api-key, which hosts/lab.yaml names" in message
    assert FIX in message


def test_a_secret_in_plain_text_is_refused_without_showing_it_again(stack: Stack) -> None:
    stack.plain = frozenset(stack.config)
    message = refused(stack)
    assert "ocrfleet:api-key stands in Pulumi.lab.yaml as plain text: replace it by another" in message
    assert FIX in message
    assert KEY not in message


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("key", WRONG_KEYS.values(), ids=WRONG_KEYS.keys())
def test_a_secret_that_cannot_be_a_key_is_refused_without_showing_it(stack: Stack, key: str, *, preview: bool) -> None:
    stack.config, stack.preview = {"ocrfleet:api-key": key}, preview
    message = refused(stack)
    assert "the secret ocrfleet:api-key is not 24 to 200 letters, digits, dashes or underscores" in message
    assert FIX in message
    assert not key or key not in message


@pytest.mark.parametrize("key", ["a" * 24, "Z_9-" * 50])
def test_a_secret_of_the_right_length_and_letters_is_taken(stack: Stack, key: str) -> None:
    stack.config = {"ocrfleet:api-key": key}
    assert "Service lab" in stack.run().declared
