#!/bin/sh
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends \
	ca-certificates docker.io iproute2 iptables openssh-server procps python3 sudo systemd
rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_*
