"""Who may pass says so with a signature: a team's keys on one side, the check of them on the other."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ONE_AT_A_TIME = threading.Lock()
ALGORITHM, KEY_ID = "RS256", "team-key"
Fetch = Callable[[str], str]


def team_key() -> rsa.RSAPrivateKey:
    """A key of this process; making one takes a while, so there is one, whoever asks first."""
    with ONE_AT_A_TIME:
        return _new_key()


@cache
def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def issuer(team: str) -> str:
    """Who signs for a team."""
    return f"https://{team}.cloudflareaccess.com"


def sign(team: str, audience: str, client_id: str, *, now: datetime, lasts: timedelta = timedelta(hours=1)) -> str:
    """Say that the holder of a service token may pass to an application."""
    claims = {
        "iss": issuer(team),
        "aud": [audience],
        "common_name": client_id,
        "type": "app",
        "sub": "",
        "iat": now,
        "nbf": now,
        "exp": now + lasts,
    }
    return jwt.encode(claims, team_key(), ALGORITHM, headers={"kid": KEY_ID})


def published() -> str:
    """A team's public keys, as they are told under /cdn-cgi/access/certs."""
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(team_key().public_key()))
    return json.dumps({"keys": [{**key, "kid": KEY_ID, "alg": ALGORITHM, "use": "sig"}]})


def proves(token: str | None, access: Mapping[str, Any], fetch: Fetch) -> bool:
    """Whether a token was signed for one of a rule's audiences by its team, now. Without keys, nothing is proven."""
    if not token:
        return False
    try:
        keys = jwt.PyJWKSet.from_json(fetch(access["teamName"]))
        key = keys[jwt.get_unverified_header(token)["kid"]].key
        required = {"require": ["exp", "iss", "aud"]}
        issued, heard = issuer(access["teamName"]), access["audTag"]
        jwt.decode(token, key, algorithms=[ALGORITHM], audience=heard, issuer=issued, options=required)  # type: ignore[arg-type]
    except (jwt.PyJWTError, OSError, KeyError, ValueError):
        return False
    return True
