#!/bin/sh
i=0
while [ $i -lt 40 ]; do i=$((i + 1)); echo "step $i of a build that fails"; done
echo "this is why it fails" >&2
exit 9
