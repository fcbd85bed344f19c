"""Where a host's secrets are kept: what a host file may say. No secret is in it."""

from typing import Annotated, Literal

from pydantic import Field

from ocrfleet.spec.expect import Many, PathText, Strict, expect

StoreKind = Literal["config", "esc", "age", "env"]
Environment = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{2,39}(/[A-Za-z0-9][A-Za-z0-9_.-]{0,99}){2}$"),
    expect("an environment as organisation/project/name, like goldfish/ocrfleet/spark"),
]
Service = Annotated[
    str,
    Field(pattern=r"^(https://[A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?|http://127\.0\.0\.1:[0-9]{1,5})$"),
    expect("https:// and a host's name, like https://api.pulumi.com"),
]
Recipient = Annotated[
    str,
    Field(pattern=r"^(age1[0-9a-z]{58}|ssh-(ed25519|rsa) [A-Za-z0-9+/]{40,}={0,2}( [A-Za-z0-9._@-]+)?)$"),
    expect("a public key: age1… as age-keygen prints it, or `ssh-ed25519 AAAA…`"),
]


class Esc(Strict):
    """An environment of Pulumi ESC."""

    environment: Environment = Field(description="Which one; its values are under `ocrfleet`.")
    url: Service = Field(default="https://api.pulumi.com", description="The service that keeps it.")


class Age(Strict):
    """A file of the repository, secrets/HOST.age, encrypted to those who may read it."""

    recipients: Many[Recipient] = Field(min_length=1, max_length=20, description="Public keys of all who may read it.")
    identity_file: PathText = Field(
        default="~/.config/ocrfleet/age.txt",
        description="The operator's own private key: one of age-keygen's, or an SSH key without a passphrase.",
    )


class Secrets(Strict):
    """Where the stack takes its secrets from; the other stores may be described, too, to import from them."""

    store: StoreKind = Field(default="config", description="config: Pulumi's own, encrypted in Pulumi.HOST.yaml.")
    esc: Esc | None = Field(default=None, description="For the store esc.")
    age: Age | None = Field(default=None, description="For the store age.")
