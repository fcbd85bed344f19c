"""What vLLM 0.30 with DeepSeek-OCR looks like from outside, with Tesseract inside; shapes and words are vLLM's own.

It runs in the lab only, in an image of the name that hosts with a GPU start from. It takes vLLM's command line and no
other, needs a GPU and weights to start, takes its time, holds memory, and loops without the n-gram arguments.
"""

VERSION = "0.30.0"
