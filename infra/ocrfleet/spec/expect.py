"""Scalar types that say, in one sentence, what was expected when a value does not fit."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# Editors read these patterns too, and theirs know fewer escapes: no backslash before a quote or a dash.
PLAIN = r"""^[^\x00-\x1f\x7f-\x9f\u2028\u2029'"`$\\]*$"""
# MAX_TOKENS counts and TOKENIZERS_PARALLELISM is a switch; HF_TOKEN, GITHUB_TOKENS and API_KEY are secrets.
SECRET_NAME = re.compile(
    r"token([_-]|$)|secret|passw|passphrase|credential|keys?([_-]|$)|(^|[_-])auth$"
    r"|^(?!(.*[_-])?(max|min|num|new|prompt|context|completion|stop)[_-]).*tokens$",
    re.IGNORECASE,
)
PREFIXES = range(16, 29)

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Field(strict=False)]  # YAML has lists only


class Strict(BaseModel):
    """A frozen value that knows every one of its keys and converts nothing silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Expected:
    """Replaces pydantic's words about a scalar with ours; never repeats the value."""

    what: str

    def __call__(self, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        """Validate as before; on failure say only what was expected."""
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError("expected", "expected {what}", {"what": self.what}) from None


def expect(what: str) -> WrapValidator:
    """Give a scalar type its sentence."""
    return WrapValidator(Expected(what))


def _private(text: str) -> str:
    network = IPv4Network(text)
    if not network.is_private or network.prefixlen not in PREFIXES:
        raise ValueError
    return text


def _a_path(text: str) -> str:
    if text.startswith(("-", "@")) or (text.startswith("~") and not text.startswith("~/")):
        raise ValueError
    return text


def _no_secret(name: str) -> str:
    if SECRET_NAME.search(name):
        raise ValueError
    return name


Name = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9-]{0,30}$"),
    expect("a name of lower-case letters, digits and dashes, like calypso"),
]
Key = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$"),
    expect("a name of lower-case letters, digits, dashes and underscores, like ca_bundle"),
]
Address = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]{0,252}$"),
    expect("a host name or an IP address, like 192.168.2.110"),
]
User = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$"), expect("a login name, like sparky")]
Port = Annotated[int, Field(ge=1, le=65535), expect("a port number from 1 to 65535")]
Plain = Annotated[
    str,
    Field(pattern=PLAIN, max_length=1000),
    expect("plain text: no quotes, backticks, dollar signs, backslashes, line breaks or control characters"),
]
Word = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,200}$"),
    expect("one word of letters, digits and . _ : / @ + -, like deepseek-ai/DeepSeek-OCR"),
]
PathText = Annotated[
    str,
    Field(pattern=PLAIN, min_length=1),
    AfterValidator(_a_path),
    expect("a file path, relative to the project or starting with / or ~/"),
]
EnvName = Annotated[
    str, Field(pattern=r"^[A-Z_][A-Z0-9_]{0,80}$"), expect("an environment variable's name, like OMP_THREAD_LIMIT")
]
PublicEnvName = Annotated[
    EnvName,
    AfterValidator(_no_secret),
    expect("an environment variable's name that is not a secret's: env is seen by everybody on the host"),
]
FlagName = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_-]{0,60}(\.[A-Za-z0-9_-]{1,60}){0,4}$"),
    AfterValidator(_no_secret),
    expect(
        "a flag's name in small letters without its dashes, like max-num-seqs, and no secret's: everybody sees them"
    ),
]
MetricName = Annotated[
    str, Field(pattern=r"^[a-z_][a-z0-9_:]{0,100}$"), expect("a metric's name, like vllm:num_requests_running")
]
UrlPath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._/-]{0,100}$"), expect("a URL path, like /health")]
Subnet = Annotated[
    str, AfterValidator(_private), expect("a private IPv4 network between /16 and /28, like 172.30.240.0/24")
]
Seconds = Annotated[float, Field(ge=0, le=86400), expect("a number of seconds from 0 to 86400")]
Patience = Annotated[float, Field(ge=0.1, le=86400), expect("a number of seconds from 0.1 to 86400")]
WholeSeconds = Annotated[
    float, Field(ge=0, le=86400, multiple_of=1), expect("a whole number of seconds from 0 to 86400")
]
Gib = Annotated[float, Field(gt=0, le=4096), expect("a size in GiB, above 0")]
Fraction = Annotated[float, Field(ge=0, le=1), expect("a number from 0 to 1")]
Text = Annotated[
    str,
    Field(pattern=PLAIN, min_length=10, max_length=300),
    expect("a reason of at least ten characters, in plain text"),
]


@dataclass(frozen=True)
class Between:
    """A whole number within bounds, both included."""

    low: int
    high: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        number = core_schema.int_schema(ge=self.low, le=self.high, strict=True)
        expected = Expected(f"a whole number from {self.low} to {self.high}")
        return core_schema.no_info_wrap_validator_function(expected, number)
