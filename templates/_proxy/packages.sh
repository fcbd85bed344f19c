#!/bin/sh
set -eu
apt-get update
apt-get install --yes --no-install-recommends python3 python3-venv
rm -rf /var/lib/apt/lists/*
