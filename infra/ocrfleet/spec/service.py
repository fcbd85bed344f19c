"""What runs on a host: the engine, its network, the proxy in front of it, and when a release is good."""

from typing import Annotated, Literal

from pydantic import Field

from ocrfleet.spec.expect import (
    Between,
    FlagName,
    Fraction,
    Gib,
    Many,
    MetricName,
    Name,
    Plain,
    Port,
    PublicEnvName,
    Seconds,
    Strict,
    Subnet,
    UrlPath,
    WholeSeconds,
    Word,
    expect,
)
from ocrfleet.spec.vllm.table import table

FlagWord = Annotated[Plain, Field(pattern=r"^[^-]"), expect("plain text that does not start with a dash")]
FlagEntry = Annotated[FlagWord | int | float, Field(union_mode="left_to_right")]
FlagValue = Annotated[
    Plain | int | float | bool | Many[FlagEntry],
    Field(union_mode="left_to_right"),
    expect("plain text without quotes, backticks, dollar signs or line breaks, a number, true or false, or a list"),
]
Release = Annotated[
    str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$"), expect('a release of vLLM in quotes, like "0.30.0"')
]


class Engine(Strict):
    """The container that reads pages."""

    model: Word = Field(description="The name the API serves the model under.")
    vllm: Release | None = Field(
        default=None, description="The vLLM that runs: flags and variables are checked against that version's own."
    )
    port: Port = Field(default=8000, description="Where the server listens inside its container.")
    flags: dict[FlagName, FlagValue] = Field(default={}, description="The server's command line, without dashes.")
    env: dict[PublicEnvName, Plain] = Field(default={}, description="Environment; nothing secret.")
    memory_gib: Gib = Field(description="What one copy needs, of the kind of memory the model lives in.")
    in_flight_metrics: Many[MetricName] = Field(
        description="Gauges whose sum is the number of unanswered requests; a drain waits for 0."
    )
    shm_gib: Annotated[int, Between(1, 1024)] | None = Field(
        default=None, description="Shared memory for the engine's own processes; the machine's stays its own."
    )
    uid: Annotated[int, Between(1, 65533)] = Field(default=10001, description="User and group inside the container.")
    pids: Annotated[int, Between(16, 100000)] = Field(default=512, description="Most processes and threads.")
    stop_seconds: WholeSeconds = Field(default=30.0, description="How long it may take to stop before it is killed.")

    @property
    def vllm_sha256(self) -> str:
        """What the published source of the pinned vLLM hashes to."""
        return table().versions[self.vllm or ""]


class Network(Strict):
    """Two private networks on the host; engines live on the one without a way out."""

    engines: Subnet = Field(default="172.30.240.0/24", description="For engines; it has no way out.")
    front: Subnet = Field(default="172.30.241.0/28", description="For the proxy.")


class Proxy(Strict):
    """Caddy in front of the engine: literal paths, size cap, bound on requests, API keys, hold during a swap."""

    port: Port = Field(default=8000, description="Where the service answers, on 127.0.0.1 of the host only.")
    api_keys: Many[Name] = Field(
        default=(), max_length=2, description="Secrets a caller may show; two, so that they rotate without restart."
    )
    hold_seconds: WholeSeconds = Field(default=60.0, description="How long a request waits during a stop-first swap.")
    max_requests: Annotated[int, Between(1, 10000)] = Field(
        default=256, description="Most requests at a time, those that wait included; one more gets 503 and Retry-After."
    )
    max_body_mb: Annotated[int, Between(1, 1000)] = Field(default=20, description="Largest request.")


class Gate(Strict):
    """What a release must show before it takes traffic."""

    page: Name = Field(default="invoice", description="Golden page: a folder under templates/_gate/.")
    prompt: Plain = Field(default="Free OCR.", description="What the model is told beside a page.")
    max_tokens: Annotated[int, Between(1, 100000)] = Field(default=4096, description="Longest answer to a page.")
    health_path: UrlPath = Field(default="/health", description="Answers 200 once the engine is ready.")
    ready_seconds: Seconds = Field(default=900.0, description="Longest time from start to healthy.")
    page_seconds: Seconds = Field(default=120.0, description="Longest time to read the golden page.")
    max_error_rate: Fraction = Field(default=0.05, description="Character error rate on the golden page.")
    healthy_seconds: Seconds = Field(
        default=30.0, description="How long it must stay healthy at least, from its first healthy answer."
    )


class Cutover(Strict):
    """How one release follows another."""

    strategy: Literal["auto", "start-first", "stop-first"] = Field(
        default="auto", description="auto: start-first where memory for two copies is measured to be free."
    )
    reserve_gib: Gib = Field(default=2.0, description="Memory that start-first leaves free.")
    drain_seconds: WholeSeconds = Field(default=120.0, description="Longest wait for unanswered requests.")


class Retention(Strict):
    """What stays on the host for a rollback."""

    keep: Annotated[int, Between(2, 20)] = Field(default=3, description="Good releases kept, the serving one included.")
