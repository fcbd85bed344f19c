"""How a model is asked for a page, and what it answers: one way for the gate, `ocrfleet read` and the checklist."""
