"""A stack declares its provider, two images and a service, with all the provider needs and no secret in clear."""

import json
import re
from typing import Any

import pytest

from ocrfleet.plan.texts import from_texts
from ocrfleet.provider.inputs import INPUTS, wrong
from ocrfleet.provider.values import UNKNOWN, Secret
from ocrfleet.render import render
from ocrfleet.spec import load_host
from tests.unit.plan.hosts import SERVICE, page
from tests.unit.spec.files import ROOT
from tests.unit.stack.program import KEY, Engine, Stack


@pytest.fixture
def engine(stack: Stack) -> Engine:
    """An engine that ran the program."""
    return stack.run()


def test_the_provider_is_declared_before_everything_else(engine: Engine) -> None:
    assert list(engine.declared) == [
        "Stack ocrfleet-lab",
        "ocrfleet ocrfleet",
        "OcrHost lab",
        "Image lab-engine",
        "Image lab-proxy",
        "Service lab",
    ]


@pytest.mark.parametrize("name", ["Image lab-engine", "Image lab-proxy", "Service lab"])
def test_every_resource_belongs_to_the_host_and_to_our_provider(engine: Engine, name: str) -> None:
    declared = engine.declared[name]
    assert (declared.parent, declared.provider) == ("lab", "ocrfleet")


@pytest.mark.parametrize("name", ["Image lab-engine", "Image lab-proxy", "Service lab"])
def test_the_inputs_are_those_the_provider_knows(engine: Engine, name: str) -> None:
    kind, inputs = name.split(maxsplit=1)[0], engine.declared[name].inputs
    assert inputs.keys() == set(INPUTS[kind])
    assert wrong(kind, {}, inputs) == {}


def test_an_image_is_what_the_templates_render(stack: Stack, engine: Engine) -> None:
    rendered = render(stack.project, load_host(stack.project, "lab"))
    for context in (rendered.engine, rendered.proxy):
        inputs = engine.declared[f"Image lab-{context.name}"].inputs
        assert (inputs["name"], inputs["files"], inputs["copies"]) == (context.name, context.rendered, context.copies)
        assert (inputs["arch"], inputs["limitSeconds"]) == ("any", 120 * 60)


def test_no_resource_carries_what_the_project_has_as_a_file(engine: Engine) -> None:
    """The engine writes every input into its log many times over, and into its state."""
    sizes = {name: len(json.dumps(one.inputs, default=str)) for name, one in engine.declared.items()}
    assert max(sizes.values()) < 10_000, sizes
    inputs = engine.declared["Image lab-engine"].inputs
    assert set(inputs["files"]) == {"Dockerfile"}
    assert re.fullmatch(r"templates/lab/requirements\.txt sha256:[0-9a-f]{64}", inputs["copies"]["requirements.txt"])


def test_build_secrets_are_named_and_not_read(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.declared["Image lab-engine"].inputs["buildSecrets"] == {
        "ca_bundle": {"path_from_env": "SSL_CERT_FILE"},
        "pip_index": {"from_env": "PIP_INDEX_URL"},
    }


def test_the_service_is_what_the_host_file_says(engine: Engine) -> None:
    inputs = engine.declared["Service lab"].inputs
    assert from_texts(inputs, page) == SERVICE
    assert (inputs["image"], inputs["proxyImage"]) == ("sha256:lab-engine", "sha256:lab-proxy")
    assert inputs["owner"] == {"project": "ocrfleet", "stack": "lab"}


def test_what_is_known_only_after_a_build_is_unknown_in_a_preview(stack: Stack) -> None:
    stack.preview = True
    inputs = stack.run().declared["Service lab"].inputs
    assert (inputs["image"], inputs["proxyImage"]) == (UNKNOWN, UNKNOWN)
    assert inputs["secrets"]["api-key"]["value"] == Secret(KEY)


def test_what_serves_is_exported(engine: Engine) -> None:
    assert engine.exports == {"release": 3, "image": "sha256:lab-engine", "address": "127.0.0.1:8000"}


def test_a_secret_is_one_on_the_wire_and_its_version_is_none(engine: Engine) -> None:
    secret = engine.declared["Service lab"].inputs["secrets"]["api-key"]
    assert secret["value"] == Secret(KEY)
    assert len(bytes.fromhex(secret["version"])) == 8


def test_a_secret_is_in_nothing_that_is_shown(
    stack: Stack, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    engine = stack.run()
    shown = [repr(declared.inputs) for declared in engine.declared.values()]
    assert KEY not in "\n".join([*shown, repr(engine.exports), *caplog.messages, *capfd.readouterr()])


def test_ssh_settings_travel_as_plain_values(engine: Engine) -> None:
    ssh: dict[str, Any] = engine.declared["Service lab"].inputs["ssh"]
    assert json.loads(json.dumps(ssh)) == ssh
    assert (ssh["address"], ssh["port"], ssh["user"]) == ("127.0.0.1", 22022, "ocr")
    assert None not in ssh.values()


def test_a_host_with_weights_has_them_fetched_before_its_service_and_beside_its_images(stack: Stack) -> None:
    text = (ROOT / "hosts" / "calypso.yaml").read_text(encoding="utf-8")
    # An edge would import the SDK of Cloudflare, which takes seconds.
    inside = re.sub(r"^edge:\n(?: .*\n)+", "", text, flags=re.MULTILINE)
    (stack.project.hosts / "calypso.yaml").write_text(inside, encoding="utf-8")
    stack.name = "calypso"
    declared = stack.run().declared
    model, host = declared["Model calypso-model"], load_host(stack.project, "calypso").model
    assert host is not None
    assert model.inputs.keys() == set(INPUTS["Model"])
    assert wrong("Model", {}, model.inputs) == {}
    told = {name: model.inputs[name] for name in ("repo", "revision", "hub", "token")}
    assert told == {"repo": host.repo, "revision": host.revision, "hub": "https://huggingface.co", "token": {}}
    service, image = declared["Service calypso"].request, declared["Image calypso-engine"].request
    assert any(urn.endswith("calypso-model") for urn in service.dependencies)
    assert not any(urn.endswith("calypso-model") for urn in image.dependencies)
