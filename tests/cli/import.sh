#!/usr/bin/env bash
# `msm import-checkpoint` on what is no checkpoint; good ones are made in tests/unit/nn/test-import.c.
fixtures=$(cd "$(dirname "$0")/../gradient/fixtures" && pwd)
. "$(dirname "$0")/support.sh"

echo "no checkpoint" >text.pt
expect 1 "$msm" import-checkpoint text.pt out.safetensors
grep -q 'not a zip archive' stderr.txt || fail "unexpected: $(cat stderr.txt)"
expect 1 "$msm" import-checkpoint "$fixtures/unet_a.safetensors" out.safetensors
expect 1 "$msm" import-checkpoint missing.pt out.safetensors
expect 1 "$msm" import-checkpoint . out.safetensors
expect 2 "$msm" import-checkpoint text.pt
expect 2 "$msm" import-checkpoint text.pt out.safetensors --dtype f16
nothing out.safetensors
