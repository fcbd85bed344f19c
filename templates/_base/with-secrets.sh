#!/bin/sh
# Runs a command with the build secrets that are there: a CA bundle and a Python package index. They are mounted for
# this one step and end up in no layer.
set -eu
if [ -s /run/secrets/ca_bundle ]; then
	export SSL_CERT_FILE=/run/secrets/ca_bundle PIP_CERT=/run/secrets/ca_bundle
fi
if [ -s /run/secrets/pip_index ]; then
	PIP_INDEX_URL=$(cat /run/secrets/pip_index)
	export PIP_INDEX_URL
fi
export DEBIAN_FRONTEND=noninteractive PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
exec "$@"
