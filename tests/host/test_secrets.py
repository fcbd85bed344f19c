"""Secrets are where they belong and only as long as they must be; tests/faults/canary looks for them elsewhere."""

from lab.project import KEY, LabProject


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
