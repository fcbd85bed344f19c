"""The API key appears nowhere but in the files that hold it."""

import base64
import json

from lab.project import KEY, LabProject

FORMS = {"raw": KEY, "base64": base64.b64encode(KEY.encode()).decode().rstrip("="), "hex": KEY.encode().hex()}


def test_a_canary_key_is_in_no_argument_image_log_label_state_or_inspection(lab: LabProject) -> None:
    seen = {"up": lab.up().out}
    lab.up(engine__env={"FAULT": "exits"})
    seen["failed up"] = lab.up().out
    seen["state"] = json.dumps(lab.exported())
    seen["preview"] = lab.pulumi("preview", f"--stack={lab.name}", "--diff").out
    seen["arguments"] = lab.script("cat /proc/[0-9]*/cmdline | tr '\\0' ' '").out
    seen["environments"] = lab.script("cat /proc/[0-9]*/environ | tr '\\0' ' '").out
    seen["containers"] = lab.script("docker inspect $(docker ps -aq)").out
    seen["images"] = lab.script("docker images -q | xargs -n1 docker history --no-trunc").out
    seen["logs"] = lab.script("cat /var/lib/ocrfleet/jobs/*/*; docker logs ocrfleet-trial-proxy 2>&1").out
    seen["releases"] = lab.script("cat /var/lib/ocrfleet/releases/*/*").out
    for place, text in seen.items():
        for form, needle in FORMS.items():
            assert needle not in text, f"the key is in {place} as {form}"


def test_the_search_finds_a_key_that_is_there(lab: LabProject) -> None:
    """The canary test can fail: the one file that holds the key is found."""
    lab.deploy()
    assert FORMS["raw"] in lab.script("cat /var/lib/ocrfleet/secrets/*/api-key").out


def test_only_the_deploy_user_may_look_into_the_folder(lab: LabProject) -> None:
    lab.deploy()
    assert lab.inside("stat", "--format=%a %U", "/var/lib/ocrfleet").out.strip() == "700 ocr"
    assert lab.inside("su", "nobody", "-s", "/bin/cat", "/var/lib/ocrfleet/state.json", check=False).code != 0


def test_build_secrets_are_gone_after_the_build(lab: LabProject) -> None:
    lab.deploy()
    assert "build-" not in lab.inside("ls", "/var/lib/ocrfleet/secrets").out


def test_a_rotated_key_is_a_diff_and_takes_effect(lab: LabProject) -> None:
    lab.deploy()
    started = lab.inside("docker", "inspect", "--format={{.State.StartedAt}}", "ocrfleet-trial-1").out
    lab.pulumi("config", "set", "--secret", "ocrfleet:api-key", f"--stack={lab.name}", stdin="n" * 40)
    try:
        ran = lab.up()
        assert ran.code == 0, ran.out
        assert "applied without restart of the engine: API keys" in ran.out
        assert lab.serving() == 1
        assert lab.inside("docker", "inspect", "--format={{.State.StartedAt}}", "ocrfleet-trial-1").out == started
        assert lab.inside("cat", "/var/lib/ocrfleet/proxy/keys/current").out == "n" * 40
    finally:
        lab.pulumi("config", "set", "--secret", "ocrfleet:api-key", f"--stack={lab.name}", stdin=KEY)
