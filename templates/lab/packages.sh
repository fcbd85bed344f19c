#!/bin/sh
set -eu
apt-get update
apt-get install --yes --no-install-recommends python3 python3-venv tesseract-ocr tesseract-ocr-eng
rm -rf /var/lib/apt/lists/*
