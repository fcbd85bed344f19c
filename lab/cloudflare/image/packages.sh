#!/bin/sh
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends python3-cryptography python3-httpx python3-jwt
rm -rf /var/lib/apt/lists/*
