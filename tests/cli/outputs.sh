#!/usr/bin/env bash
# What may be written: nothing that a replayed file asks for, no input, and nothing that exists unless --force says so.
source "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom p.h5 --rows 32 --columns 32 --coils 2 --seed 1
cp p.h5 p.copy
recon=("$msm" recon p.h5 --method zero-filled --espirit-calib 12)

# Files that name outputs, made by a stranger: as the user's own kind of file, and as any other.
mkdir -p home/folder
stranger=$'[recon]\ninput=p.h5\nmethod=zero-filled\nout=../written.h5\nsave_experiment='"$folder/home/.profile"$'\ntrajectory=../written2.h5\n'
echo "keep me" >home/.profile
cp p.h5 home/folder/
printf '%s' "$stranger" >home/folder/stranger.ini
printf '%s' "$stranger" >home/folder/stranger.txt
for file in stranger.ini stranger.txt; do
  got=0
  (cd home/folder && "$msm" recon --experiment $file --espirit-calib 12 >../../stdout.txt 2>../../stderr.txt </dev/null) || got=$?
  [ "$got" -eq 0 ] || fail "$file: status $got: $(cat stderr.txt)"
  [ "$(wc -l <stderr.txt)" -eq 1 ] || fail "$file: $(cat stderr.txt)"
  grep -q 'out, save_experiment, trajectory' stderr.txt || fail "$file: nothing said of its outputs: $(cat stderr.txt)"
  grep -q "reads: input .*/folder/p.h5" stdout.txt || fail "$file: what is read is not listed: $(cat stdout.txt)"
  grep -qx 'keep me' home/.profile || fail "$file: wrote over a file"
  [ ! -e home/written.h5 ] && [ ! -e home/written2.h5 ] || fail "$file: wrote what it asked for"
done
# Of a result, only files beside it are read, whatever folder it names; an .ini is the user's own text.
printf '[recon]\ninput=%s/p.h5\nmethod=zero-filled\n' "$folder" >home/elsewhere.txt
expect 1 "$msm" recon --experiment home/elsewhere.txt --espirit-calib 12
grep -q "home/p.h5" stderr.txt || fail "elsewhere: $(cat stderr.txt)"
cp home/elsewhere.txt home/elsewhere.ini
expect 0 "$msm" recon --experiment home/elsewhere.ini --espirit-calib 12
# A saved experiment has no outputs, and a name with line breaks cannot add sections to it.
expect 0 "${recon[@]}" --out a.h5 --save-experiment a.ini
! grep -qE '^(out|trajectory|save_experiment)=' a.ini || fail "a saved experiment names outputs"
odd=$'odd\n\n[recon]\nmask=x.h5'
cp p.h5 "$odd.h5"
expect 0 "$msm" recon "$odd.h5" --method zero-filled --espirit-calib 12 --out odd.png
expect 0 "$msm" recon "$odd.h5" --experiment odd.png --espirit-calib 12

# The scan itself, under any name, with or without --force.
ln p.h5 hard.h5
ln -s p.h5 soft.h5
for out in p.h5 ./p.h5 hard.h5 soft.h5; do
  for force in "" --force; do
    expect 1 "${recon[@]}" $force --out $out
    grep -q 'is the input' stderr.txt || fail "$out: $(cat stderr.txt)"
    expect 1 "$msm" convert p.h5 $out $force
    expect 1 "$msm" sens p.h5 $out $force
  done
done
cmp p.h5 p.copy || fail "the scan was written over"
expect 1 "${recon[@]}" --force --out b.h5 --trajectory b.h5
grep -q 'written twice' stderr.txt || fail "two outputs: $(cat stderr.txt)"
nothing b.h5
# Both halves of a cfl.
expect 0 "$msm" convert p.h5 k.cfl
cp k.hdr k.copy
expect 1 "$msm" convert k.hdr k.cfl --force
expect 1 "$msm" convert k.cfl k.hdr --force
cmp k.hdr k.copy || fail "a cfl was written over"

# What exists is kept without --force, before any work is done.
echo "mine" >c.png
for command in "recon p.h5 --method zero-filled --espirit-calib 12 --out c.png" "phantom c.png --rows 8 --columns 8" \
               "convert p.h5 c.png" "render a.h5 c.png"; do
  expect 1 "$msm" $command
  grep -q 'c.png: exists already; --force' stderr.txt || fail "$command: $(cat stderr.txt)"
  grep -qx mine c.png || fail "$command: wrote over a file"
done
expect 0 "${recon[@]}" --out c.png --force
! grep -qx mine c.png || fail "--force replaces nothing"
expect 2 "$msm" info p.h5 --force

# --anonymise: what is written tells of no file, whatever it is called and in whichever format. Without it, it does.
cp p.h5 Doe-John.h5
expect 0 "$msm" mask Doe-mask.png --readout 32 --phase 32 --accel 2 --acs 8
anonymous ()
{
  local name
  for name in private.*; do
    case $name in *.gz) zcat "$name" ;; *) cat "$name" ;; esac | grep -aq 'Doe' && echo "$name"
  done
  rm -f private.*
}
for format in h5 png cfl nii nii.gz; do
  for flag in "" --anonymise; do
    expect 0 "$msm" recon Doe-John.h5 --mask Doe-mask.png --method cg-sense --espirit-calib 12 --force --out private.$format $flag \
      --save-experiment private.ini --trajectory private.trajectory.h5
    found=$(anonymous)
    if [ -z "$flag" ]; then
      case $found in *private.ini*) ;; *) fail "$format names nothing: $found" ;; esac
    else
      [ -z "$found" ] || fail "--anonymise: $found names the scan"
    fi
  done
done
for command in "convert Doe-John.h5 private.cfl" "convert Doe-John.h5 private.h5" "sens Doe-John.h5 private.h5" \
               "render Doe-image.h5 private.png"; do
  cp a.h5 Doe-image.h5
  expect 0 "$msm" $command
  [ -n "$(anonymous)" ] || fail "$command names nothing"
  expect 0 "$msm" $command --anonymise
  found=$(anonymous)
  [ -z "$found" ] || fail "$command --anonymise: $found names the scan"
done
# Such a result is repeated on a scan that is named.
expect 0 "$msm" recon Doe-John.h5 --method cg-sense --espirit-calib 12 --slice 0 --out private.png --anonymise
expect 0 "$msm" recon --experiment private.png --out private.again.png Doe-John.h5
expect 0 "$msm" metrics private.again.png private.png --max-nrmse 0
expect 2 "$msm" recon --experiment private.png --out private.third.png
expect 2 "$msm" info p.h5 --anonymise
