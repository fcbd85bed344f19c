"""Measures what we cost, also beside what others cost for the same job."""
