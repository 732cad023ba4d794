#!/usr/bin/env bash
# Configures (once) and builds _build/. Usage: scripts/build.sh [meson setup options]
set -euo pipefail
cd "$(dirname "$0")/.."

build=${MSM_BUILD_DIR:-_build}
if [ ! -f "$build/build.ninja" ]; then
  meson setup "$build" "$@" </dev/null
fi
ninja -C "$build" </dev/null
if ! command -v nvcc >/dev/null && [ ! -x /usr/local/cuda/bin/nvcc ]; then
  echo "CUDA: skipped (no nvcc found); the program computes on the CPU."
fi
