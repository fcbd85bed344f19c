"""Which Docker engine what runs beside a service is run in: the host's, whatever the shell says."""

from collections.abc import Mapping

from ocrfleet.errors import Refused

# Pulumi's Docker provider reads these, and they overrule the host it is told.
OVERRULING = ("DOCKER_CONTEXT", "DOCKER_CERT_PATH", "DOCKER_CA_MATERIAL", "DOCKER_CERT_MATERIAL", "DOCKER_KEY_MATERIAL")


def refuse_another(environment: Mapping[str, str]) -> None:
    """Raise Refused where the environment would lead Pulumi to another engine."""
    said = [name for name in OVERRULING if environment.get(name)]
    if said:
        names = " and ".join(said)
        raise Refused(
            f"{names} would lead Pulumi's Docker provider to another engine than the host's",
            fix=f"unset {' '.join(said)}, then run this again",
        )
