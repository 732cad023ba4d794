#!/usr/bin/env bash
# Trainings of several processes, numbered as mpirun and srun do it: what they learn is what one process learns with all
# of their batches, also after a resume, and they stop together.
. "$(dirname "$0")/training.sh"
. "$(dirname "$0")/support.sh"
export MSM_DEVICE_PATH=$2 MSM_FAKE_MEMORY=268435456

discs 3 24
{
  tiny 3.nii "input = lmmse"
  cat <<'END'
[train]
steps = 6
batch = 2
accumulate = 2
decay = constant
validation_items = 1
strip_every = 0
save_minutes = 0
log_every = 1
END
} >tiny.ini

# several N OUT FLAGS…: N processes that train into OUT
several ()
{
  local n=$1 out=$2 rank pids=() status=0
  shift 2
  for ((rank = 0; rank < n; rank++)); do
    OMPI_COMM_WORLD_RANK=$rank OMPI_COMM_WORLD_SIZE=$n "$msm" train --experiment tiny.ini --out "$out" --threads 1 \
      "$@" >"$out.$rank.txt" 2>"$out.$rank.err" </dev/null &
    pids+=($!)
  done
  for rank in "${!pids[@]}"; do
    wait "${pids[$rank]}" || status=$?
    [ ! -s "$out.$rank.err" ] || fail "process $rank of $n: $(cat "$out.$rank.err")"
  done
  [ $status -eq 0 ] || fail "a process of $n ended with $status"
}

# Two processes with batches of 2 are one with batches of 4, up to the rounding of a sum: every step's loss, which
# depends on all the steps before, and the gradient's norm.
expect 0 "$msm" train --experiment tiny.ini --out one --set train.batch=4 --threads 1 --device cpu
several 2 two --device cpu
[ "$(tail -n +2 two/log.csv | wc -l)" -eq 6 ] || fail "the log of two processes has other rows: $(cat two/log.csv)"
paste -d, one/log.csv two/log.csv | awk -F, '
  function differ(a, b) { d = a - b; if (d < 0) d = -d; return d > 2e-4 * (a < 0 ? -a : a) }
  NR > 1 && ($1 != $16 || $2 != $17 || differ($4, $19) || differ($6, $21)) { print; bad = 1 }
  END { exit bad }' >differ.txt || fail "two processes learn something else than one: $(cat differ.txt)"
grep -q "2 processes, sums over TCP" two.0.txt || fail "the first process does not say how they add up: $(cat two.0.txt)"
[ ! -s two.1.txt ] || fail "the second process speaks: $(cat two.1.txt)"
# That the numbers agree is no accident: other samples give others.
several 2 other --device cpu --set data.acs=6
! cmp -s other/log.csv two/log.csv || fail "other data give the same log"

# A resumed training repeats an unbroken one bit for bit.
several 2 broken --device cpu --set train.steps=3
several 2 broken --device cpu --resume
[ "$(hash_of broken)" = "$(hash_of two)" ] || fail "two processes that were resumed learnt something else"

# On GPUs without a group of their own the sums go through the host.
several 2 gpu --device cuda
expect 0 "$msm" train --experiment tiny.ini --out gpu-one --set train.batch=4 --threads 1 --device cuda
paste -d, gpu-one/log.csv gpu/log.csv | awk -F, '
  function differ(a, b) { d = a - b; if (d < 0) d = -d; return d > 2e-4 * (a < 0 ? -a : a) }
  NR > 1 && (differ($4, $19) || differ($6, $21)) { bad = 1 } END { exit bad }' || fail "two GPUs learn something else"

# begin OUT: two processes that train for ever, and their first steps
begin ()
{
  pids=()
  for rank in 0 1; do
    PMI_RANK=$rank PMI_SIZE=2 "$msm" train --experiment tiny.ini --out "$1" --threads 1 --device cpu \
      --set train.steps=1000000 >"$1.$rank.txt" 2>"$1.$rank.err" </dev/null &
    pids+=($!)
  done
  for ((i = 0; i < 600; i++)); do
    [ ! -e "$1/log.csv" ] || [ "$(wc -l <"$1/log.csv")" -lt 4 ] || return 0
    sleep 0.1
  done
  fail "no steps in a minute: $(cat "$1".*.err)"
}

# One is asked to stop: both do, after the same step, and what they have is saved.
begin stopped
kill -TERM "${pids[1]}"
wait "${pids[0]}" || fail "the first process ended with $?: $(cat stopped.0.err)"
wait "${pids[1]}" || fail "the second process ended with $?: $(cat stopped.1.err)"
grep -q '^Stopped after ' stopped.0.txt || fail "the first process does not say that it was stopped: $(cat stopped.0.txt)"
[ -s stopped/checkpoint.safetensors ] || fail "nothing was saved"

# One dies: the other says so, and ends.
begin dead
kill -KILL "${pids[1]}"
wait "${pids[1]}" 2>/dev/null || true
if wait "${pids[0]}"; then fail "the first process goes on alone"; fi
grep -q "process 2 of 2 is gone" dead.0.err || fail "what is gone is not said: $(cat dead.0.err)"

# Who waits for the others can be stopped.
PMI_RANK=0 PMI_SIZE=2 "$msm" train --experiment tiny.ini --out lonely --threads 1 --device cpu >lonely.txt 2>lonely.err \
  </dev/null &
waiting=$!
for ((i = 0; i < 600; i++)); do
  [ ! -e lonely/meeting ] || break
  sleep 0.1
done
kill -TERM "$waiting"
wait "$waiting" || fail "the one that waited ended with $?: $(cat lonely.err)"
grep -q '^Stopped before the first step' lonely.txt || fail "it does not say that it was stopped: $(cat lonely.txt)"

# The processes may be started by msm itself, and batches of slices are shared out: each slice is the one that is
# reconstructed alone, whoever makes it.
expect 0 "$msm" train --experiment tiny.ini --out own --threads 1 --device cpu --processes 2
[ "$(hash_of own)" = "$(hash_of two)" ] || fail "--processes trains something else than mpirun"
demo=$3
expect 0 "$msm" recon --force "$demo" --method rss --slices 0,1-3 --processes 3 --out "$folder/many.h5" --device cpu
[ "$(grep -c '^Root sum' stdout.txt)" -eq 4 ] || fail "not four slices: $(cat stdout.txt)"
for slice in 0 1 2 3; do
  expect 0 "$msm" recon --force "$demo" --method rss --slice $slice --out one.h5 --device cpu
  expect 0 "$msm" metrics one.h5 many-$slice.h5 --max-nrmse 0
done
SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2 expect 0 "$msm" recon --force "$demo" --method rss --slices all --out srun.nii.gz --device cpu
[ "$(echo srun*)" = "srun-1.nii.gz srun-3.nii.gz" ] || fail "the second of two made $(echo srun*)"
expect 1 "$msm" recon --force "$demo" --method rss --slices 0-4 --out beyond.h5 --device cpu
expect 2 "$msm" recon --force "$demo" --method rss --slices 0 --slice 1 --device cpu
nothing beyond
