"""An OCR engine: Tesseract behind the OpenAI-compatible API, one page per request. It stores nothing."""
