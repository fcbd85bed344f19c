"""Describes: host files become frozen, typed values, or errors with file, line and key."""

from ocrfleet.spec.host import HostSpec
from ocrfleet.spec.loader import host_names, load_host, parse_host
from ocrfleet.spec.schema import schema_text
from ocrfleet.spec.ssh import Door, Ssh

__all__ = ["Door", "HostSpec", "Ssh", "host_names", "load_host", "parse_host", "schema_text"]
