#!/usr/bin/env bash
# Commands on the emulated GPU: what they give is what the reference device gives, up to rounding; sections are recorded
# and launched, and give the same pixels as when they are not.
. "$(dirname "$0")/../cli/training.sh"
. "$(dirname "$0")/../cli/support.sh"
export MSM_DEVICE_PATH=$2 MSM_EMULATION_TRACE=trace.txt

expect 0 "$msm" devices
grep -q '^cuda *usable .*Emulated GPU' stdout.txt || fail "devices does not list the emulated GPU: $(cat stdout.txt)"

# graphs: launched by the last command
graphs ()
{
  sed 's/.* \([0-9]*\) graphs.*/\1/' trace.txt
}

expect 0 "$msm" phantom p.h5 --rows 24 --columns 20 --coils 2
for method in zero-filled rss cg-sense; do
  on_both 1e-4 recon p.h5 --method $method --pattern random --accel 2 --espirit-calib 12
done
expect 0 "$msm" selftest --device cuda --size 4 --steps 10 --samples 100

# Two steps of a training give the loss of the reference device's.
two_steps 16
for device in ref cuda; do
  expect 0 "$msm" train --experiment tiny.ini --out $device --device $device --threads 1 --precision f32
done
for precision in tf32 bf16; do
  expect 0 "$msm" train --experiment tiny.ini --out $precision --device cuda --threads 1 --precision $precision
done

# A prior, of both devices' trainings; steps are recorded.
flags=(recon p.h5 --method msm --pattern random --accel 2 --espirit-calib 12 --steps 5 --partials 2 --samples 1
       --threads 1)
on_both 1e-3 "${flags[@]}" --prior ref/prior.safetensors --precision f32
[ "$(graphs)" -ge 5 ] || fail "a reconstruction launches $(graphs) graphs"
grep -q ' [1-9][0-9]* products, .* [1-9][0-9]* fused' trace.txt || fail "no products, or no fused bias: $(cat trace.txt)"
mv cuda.h5 replayed.h5
MSM_REPLAY=0 expect 0 "$msm" "${flags[@]}" --force --prior ref/prior.safetensors --device cuda --precision f32 --out cuda.h5
[ "$(graphs)" -eq 0 ] || fail "MSM_REPLAY=0 launches graphs"
expect 0 "$msm" metrics replayed.h5 cuda.h5 --max-nrmse 0
expect 0 "$msm" "${flags[@]}" --force --prior cuda/prior.safetensors --device cuda --precision f32 --out learnt.h5
expect 0 "$msm" metrics replayed.h5 learnt.h5 --max-nrmse 1e-3
expect 0 "$msm" "${flags[@]}" --force --prior ref/prior.safetensors --device cuda --precision bf16 --out bf16.h5
expect 0 "$msm" metrics replayed.h5 bf16.h5 --max-nrmse 0.1

# Frames travel on a stream of their own while the sampler goes on: they hold the same whenever it runs, but for
# the times.
for streams in eager late; do
  MSM_EMULATION_STREAMS=$streams expect 0 "$msm" "${flags[@]}" --force --prior ref/prior.safetensors --device cuda --out x.h5 \
    --trajectory t.h5
  mv t.h5 $streams.h5
done
for output in estimate z local-1 local-2; do
  for step in 0 1 2 3 4; do
    expect 0 "$msm" metrics eager.h5 late.h5 --dataset $output --reference-dataset $output --slice $step --max-nrmse 0
  done
done
