#!/bin/sh
echo "NVIDIA Container Toolkit CLI version 1.18.0"
