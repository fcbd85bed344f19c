"""Proves: runs the testinfra checklist against a host and reports."""

from ocrfleet.verify.report import Check, Report
from ocrfleet.verify.runner import run_checklist

__all__ = ["Check", "Report", "run_checklist"]
