#!/bin/sh
# Prepares a host, once, as root: bootstrap.sh USER ENGINES_SUBNET FRONT_SUBNET. Running it again changes nothing.
set -eu
user=$1 engines=$2 front=$3

id "$user" >/dev/null
id -nG "$user" | tr ' ' '\n' | grep -qx docker || usermod --append --groups docker "$user"
install -d -m 0700 -o "$user" -g "$(id -gn "$user")" /var/lib/ocrfleet
install -d -m 0755 /etc/ocrfleet

# Before 28.0 Docker lets the local network reach ports that are published on 127.0.0.1, and containers' own addresses.
cat >/etc/ocrfleet/shield.new <<END
#!/bin/sh
set -eu
add() { iptables -w -t raw -C PREROUTING "\$@" 2>/dev/null || iptables -w -t raw -A PREROUTING "\$@"; }
add ! -i lo -d 127.0.0.0/8 -j DROP
add ! -i ocrfleet-eng -d $engines -j DROP
add ! -i ocrfleet-front -d $front -j DROP
: >/run/ocrfleet-shield
END
mv /etc/ocrfleet/shield.new /etc/ocrfleet/shield
sh /etc/ocrfleet/shield

agent="/usr/bin/python3 -I /var/lib/ocrfleet/agent/current guard"
if [ -d /run/systemd/system ]; then
	changed=no
	write() {
		cat >"$1.new"
		if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; changed=yes; fi
	}
	write /etc/systemd/system/ocrfleet-shield.service <<END
[Unit]
Description=Keeps the local network away from the OCR service's ports
Before=docker.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /etc/ocrfleet/shield

[Install]
WantedBy=multi-user.target
END
	write /etc/systemd/system/ocrfleet-guard.service <<END
[Unit]
Description=Keeps the OCR service running
After=docker.service
StartLimitIntervalSec=0

[Service]
User=$user
ExecStart=$agent
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
END
	# A reload can take the GPU away from running containers, so it happens only when a unit changed.
	if [ "$changed" = yes ]; then systemctl daemon-reload; fi
	systemctl enable --now --quiet ocrfleet-shield.service ocrfleet-guard.service
elif [ -e /run/ocrfleet-init ]; then
	group=$(id -gn "$user")
	echo "exec setpriv --reuid=$user --regid=$group --init-groups $agent </dev/null" >/etc/ocrfleet/guard
else
	echo "this host has neither systemd nor the lab's init, so nothing would keep the guard running" >&2
	exit 3
fi
