"""Puts an OCR model on a few GPU machines over SSH and keeps it there."""
