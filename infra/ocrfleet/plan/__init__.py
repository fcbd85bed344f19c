"""Computes: what a host is (facts) against what is wanted gives a plan. Nothing here talks to anybody."""

from ocrfleet.plan.facts import Facts
from ocrfleet.plan.image import ImagePlan, plan_image
from ocrfleet.plan.service import ServicePlan, plan_service, wanted_of

__all__ = ["Facts", "ImagePlan", "ServicePlan", "plan_image", "plan_service", "wanted_of"]
