#!/usr/bin/env bash
# Every writer meets every fault: the n-th write, sync, rename, … of it fails or is its last (kill -9), for n = 1 …
# until nothing is left to fail; and the n-th large request for memory is refused. The file that was there is whole
# afterwards, the old one or the new one; a failure is one line and status 1; what a killed writer leaves is removed by
# the next. Faults are counted by strace's injection (skipped where there is no strace or it may not trace).
#
# usage: faults.sh MSM FAIL-MEMORY.so
. "$(dirname "$0")/../cli/support.sh"
preload=$2
export OMP_NUM_THREADS=1
if ! strace -o /dev/null true 2>/dev/null; then
  echo "no strace that may trace: skipped"
  exit 77
fi

expect 0 "$msm" phantom p.h5 --rows 32 --columns 32 --coils 2
expect 0 "$msm" recon p.h5 --method zero-filled --out old.h5
expect 0 "$msm" recon p.h5 --method zero-filled --out old.png
expect 0 "$msm" recon p.h5 --method zero-filled --out old.nii.gz
expect 0 "$msm" convert p.h5 old.cfl
expect 0 "$msm" mask old-mask.png --readout 32 --phase 32
printf '[recon]\ninput=p.h5\n' >old.ini
tried=0 killed=0 failed=0

# whole NAME: it can be read as what it is
whole ()
{
  case $1 in
    *.ini) grep -q '^\[recon\]' "$1" && grep -q input "$1" ;;
    *mask.png) "$msm" recon p.h5 --mask "$1" --method zero-filled >/dev/null 2>&1 ;;
    *.cfl) [ "$(stat -c %s "$1")" -eq 16384 ] && "$msm" info "$1" >/dev/null 2>&1 ;;
    *) "$msm" metrics "$1" "$1" >/dev/null 2>&1 ;;
  esac
}

# attack NAME COMMAND…: COMMAND writes t.NAME over a copy of the old one
attack ()
{
  local name=$1 call how n status left
  shift
  for call in write,writev,pwrite64 fsync rename; do
    for how in error=EIO error=ENOSPC signal=KILL; do
      for ((n = 1; n < 400; n++)); do
        rm -f t.*
        cp "old${name#t}" "$name"
        [ "$name" != t.cfl ] || cp old.hdr t.hdr
        status=0
        { strace -f -o trace.txt -e trace="$call" -e inject="$call:$how:when=$n" \
          "$@" >stdout.txt 2>stderr.txt </dev/null || status=$?; } 2>/dev/null
        if [ "$how" = signal=KILL ]; then
          [ "$status" -eq 137 ] || break
        else
          grep -q "(INJECTED)" trace.txt || break
        fi
        tried=$((tried + 1))
        [ "$status" -le 1 ] || [ "$status" -eq 137 ] || fail "$* with $call:$how:$n ended with $status: $(cat stderr.txt)"
        [ "$(wc -l <stderr.txt)" -le 1 ] || fail "$* with $call:$how:$n says: $(cat stderr.txt)"
        whole "$name" || fail "$* with $call:$how:$n left a damaged $name"
        [ "$status" -ne 137 ] || killed=$((killed + 1))
        [ "$status" -ne 1 ] || failed=$((failed + 1))
        if [ "$status" -eq 1 ]; then
          left=$(ls t.*.part 2>/dev/null || true)
          [ -z "$left" ] || fail "$* with $call:$how:$n left $left"
        fi
        # Who writes next tidies up.
        if compgen -G "t.*.part" >/dev/null; then
          expect 0 "$@"
          ! compgen -G "t.*.part" >/dev/null || fail "$* with $call:$how:$n: left for good: $(ls t.*)"
        fi
      done
    done
  done
}

attack t.h5 "$msm" recon p.h5 --method zero-filled --out t.h5 --force
attack t.png "$msm" recon p.h5 --method zero-filled --out t.png --force
attack t.nii.gz "$msm" recon p.h5 --method zero-filled --out t.nii.gz --force
attack t.cfl "$msm" convert p.h5 t.cfl --force
attack t-mask.png "$msm" mask t-mask.png --readout 32 --phase 32 --force
attack t.ini "$msm" recon p.h5 --method zero-filled --save-experiment t.ini --force
[ "$killed" -gt 0 ] && [ "$failed" -gt 0 ] || fail "nothing was killed ($killed) or failed ($failed)"

# Memory: of each method and each writer the n-th array of an image's size. Smaller ones are GLib's, too.
refused=0
expect 0 "$msm" phantom large.h5 --rows 160 --columns 160 --coils 2
for command in "recon large.h5 --method l1-wavelet --accel 2 --out t.h5" "recon large.h5 --method tv --accel 2 --out t.png" \
               "recon large.h5 --method cg-sense --accel 2 --out t.nii.gz" "convert large.h5 t.cfl" "sens large.h5 t.h5" \
               "phantom t.h5 --rows 160 --columns 160 --coils 2"; do
  for ((n = 1; n < 400; n++)); do
    rm -f t.* mark
    status=0
    MSM_FAIL_BYTES=100000 MSM_FAIL_AT=$n MSM_FAIL_MARK=mark LD_PRELOAD=$preload "$msm" $command >stdout.txt 2>stderr.txt \
      </dev/null || status=$?
    [ -e mark ] || break
    refused=$((refused + 1))
    [ "$status" -ne 0 ] || continue # a library does without
    [ "$status" -eq 1 ] || fail "$command: request $n for memory refused: status $status: $(cat stderr.txt)"
    [ "$(wc -l <stderr.txt)" -eq 1 ] || fail "$command: request $n for memory refused: $(cat stderr.txt)"
    [ -z "$(ls t.* 2>/dev/null)" ] || fail "$command: request $n for memory refused: left $(ls t.*)"
  done
done
[ "$refused" -gt 0 ] || fail "no memory was refused"
echo "$tried faults in $((killed)) killed and $((failed)) failed writers; $refused refusals of memory"
