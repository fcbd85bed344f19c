#!/bin/sh
# Builds vLLM against the torch that is in the image, for one GPU. What was compiled once is found again by ccache.
set -eu
apt-get update
apt-get install --yes --no-install-recommends ccache
rm -rf /var/lib/apt/lists/*

# A compiler of kernels takes gigabytes: as many at once as the free memory and the cores allow, and at least one.
free=$(awk '/^MemAvailable:/ {print int($2 / 1048576 / 8)}' /proc/meminfo)
cores=$(nproc)
jobs=$((free < cores ? free : cores))
export MAX_JOBS=$((jobs > 0 ? jobs : 1)) NVCC_THREADS=2
export TORCH_CUDA_ARCH_LIST="12.1" VLLM_TARGET_DEVICE=cuda
export CCACHE_DIR=/root/.cache/ccache CCACHE_NOHASHDIR=true
# The vendor's list of versions would have its way over ours.
unset PIP_CONSTRAINT
echo "build: $MAX_JOBS compilers at once, for $TORCH_CUDA_ARCH_LIST"

# Everything vLLM needs but torch and what belongs to it; nothing is resolved, so nothing can replace that.
python3 -m pip install --no-cache-dir --no-deps --require-hashes --requirement=/build/requirements.txt
python3 -m pip install --no-cache-dir --no-deps --no-build-isolation --no-binary=vllm --require-hashes --requirement=/build/vllm.txt
