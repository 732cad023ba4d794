#!/usr/bin/env bash
# What the CUDA module says where it cannot compute: in the list of devices, and to a command that names it.
. "$(dirname "$0")/../cli/support.sh"
export MSM_DEVICE_PATH=$2

# says WORDS COMMAND…: the command fails with one line that has them
says ()
{
  local words=$1
  shift
  expect 1 "$@"
  grep -qF "$words" stderr.txt || fail "‘$(cat stderr.txt)’ does not say ‘$words’"
}

expect 0 "$msm" phantom p.h5 --rows 32 --columns 32 --coils 2
recon=("$msm" recon --force p.h5 --method zero-filled --pattern random --accel 2 --out x.h5)
while IFS=: read -r gpu words; do
  export MSM_EMULATION_GPU=$gpu
  expect 0 "$msm" devices
  grep -q "^cuda *not usable .*$words" stdout.txt || fail "devices does not say ‘$words’: $(cat stdout.txt)"
  says "$words" "${recon[@]}" --device cuda
  expect 0 "${recon[@]}" --device auto
done <<END
none:no NVIDIA GPU on this machine
no-driver:no NVIDIA driver, or one too old for this CUDA
old:too old: its compute capability is 7.5, and 8.0 or newer is needed
END
unset MSM_EMULATION_GPU
mkdir prior && cp "$3" prior/p.safetensors
# Before the first step: what it would take, and what is free.
MSM_EMULATION_MEMORY=4194304 says "are free" "$msm" recon p.h5 --method msm --prior prior/p.safetensors \
  --pattern random --accel 2 --device cuda --out none.h5
[ ! -e none.h5 ] || fail "a reconstruction without memory leaves a file"
