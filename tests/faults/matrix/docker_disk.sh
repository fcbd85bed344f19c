#!/bin/sh
# Runs on a lab host: puts all that Docker keeps on a small disk with so many KiB to spare, or back again.
set -eu
data=/var/lib/docker config=/etc/docker/daemon.json disk=/mnt/disk elsewhere=/mnt/elsewhere

# The lab host's init starts the daemon again, which reads its configuration anew.
restart() {
	kill "$(cat /var/run/docker.pid)"
	until [ "$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)" = "$1" ]; do sleep 0.2; done
}

# A daemon that keeps its data elsewhere leaves alone what it had.
look_elsewhere() {
	mkdir -p $elsewhere $disk
	mount -t tmpfs tmpfs $elsewhere
	cp $config $elsewhere/config
	echo "{\"data-root\": \"$elsewhere\"}" >$config
	restart $elsewhere
}

look_back() {
	cp $elsewhere/config $config
	restart $data
	umount --lazy $elsewhere
}

look_elsewhere
trap look_back EXIT
case $1 in
small)
	mount -t tmpfs -o "mode=710,size=$(($(du -sk $data | cut -f1) + $2))k" tmpfs $disk
	cp -a $data/. $disk/
	mount --bind $disk $data
	;;
large)
	mount --bind $data $disk
	umount $data
	find $data -mindepth 1 -delete
	rm -f $disk/filler
	cp -a $disk/. $data/
	;;
esac
umount $disk
