"""The job as a pyinfra deploy. `docker.container` of pyinfra does not see changed flags, so a label is compared."""

import json
import shlex
from pathlib import Path

from pyinfra import host
from pyinfra.facts.docker import DockerContainer
from pyinfra.operations import files, server

job = json.loads(Path(host.data.job).read_text(encoding="utf-8"))
there = host.get_fact(DockerContainer, object_id=job["name"])
labels = there[0]["Config"]["Labels"] if there else {}

context = files.put(name="context", src=job["context"], dest=f"/home/ocr/{job['name']}.tar")
server.shell(
    name="image",
    commands=[f"docker build --quiet --tag={job['image']} - </home/ocr/{job['name']}.tar"],
    _env={"DOCKER_BUILDKIT": "1"},
    _if=context.did_change,
)
if labels.get("job") != job["mark"]:
    server.shell(name="container", commands=[f"docker rm --force {job['name']}", shlex.join(job["create"])])
