"""Pulumi's door: one stack is one host file."""

import pulumi

from ocrfleet.errors import OcrfleetError
from ocrfleet.project import Project
from ocrfleet.render import render
from ocrfleet.spec import load_host
from ocrfleet.stack import OcrHost, Settings

try:
    project = Project.find()
    host = load_host(project, pulumi.get_stack())
    OcrHost(host, render(project, host), Settings.from_stack(host))
except OcrfleetError as error:
    raise pulumi.RunError(f"\n{error}\n(ocrfleet exit code {error.code})") from None
