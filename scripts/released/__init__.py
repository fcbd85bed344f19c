"""Reads what `vllm serve` accepts from released sources of vLLM, without importing any of it."""
