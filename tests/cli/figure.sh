#!/usr/bin/env bash
# Figures: texts are texts with their fonts, the same description gives the same file, and what cannot be drawn is one
# clear line.
source "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom p.h5 --rows 64 --columns 64 --coils 4 --seed 1
base=("$msm" figure p.h5 --accel 3 --acs 12 --espirit-calib 12)
expect 0 "${base[@]}" --methods zero-filled,cg-sense:iterations=4 --inset 30,34,10 --arrow 20,20,45,lesion \
  --region 32,32,8,8,cyst --plots psnr,residual --profile 32,5,32,60 --letters --save a.ini --out a.pdf
[ -s a.txt ] || fail "no caption beside the figure"
for word in 'CG-SENSE' 'iterations=4' 'R 2' 'Not for diagnostic use' 'Region cyst' 'Inset 1' 'psnr'; do
  grep -qF "$word" a.txt || fail "the caption lacks “$word”: $(cat a.txt)"
done
# Nothing says whose scan it is.
! grep -aqF 'p.h5' a.txt a.pdf || fail "a figure names the scan"

# The same again, from the description that was saved, from the caption, and from a picture.
cp a.pdf first.pdf
expect 0 "$msm" figure a.ini --out b.pdf
grep -q 'a.ini reads: input .*/p.h5' stdout.txt || fail "what is read is not listed: $(cat stdout.txt)"
cmp a.pdf b.pdf || fail "the description draws another figure"
expect 0 "$msm" figure a.txt p.h5 --out c.pdf
cmp a.pdf c.pdf || fail "the caption draws another figure"
expect 0 "$msm" figure a.ini --out a.png --force
expect 0 "$msm" figure a.png p.h5 --out d.png
cmp a.png d.png || fail "a picture draws another one"
expect 0 "$msm" figure a.ini --no-anonymise --out named.svg
grep -qF 'p.h5' named.svg || fail "--no-anonymise names nothing"
grep -qF '>CG-SENSE</text>' named.svg || fail "texts of an SVG are no texts"
# Flags change what the file says.
expect 0 "$msm" figure a.ini --theme dark --out dark.png
! cmp -s a.png dark.png || fail "--theme changed nothing"
expect 0 "$msm" figure a.ini --methods zero-filled --methods-down --show image --out one.png

if command -v pdftotext >/dev/null; then
  pdftotext -layout a.pdf a.words
  for word in 'Reference' 'Zero-filled' 'CG-SENSE' 'PSNR' 'lesion' 'cyst' 'cm\|mm'; do
    grep -q "$word" a.words || fail "“$word” is no text of the PDF: $(cat a.words)"
  done
  # Every font is embedded: the fifth column from the end.
  pdffonts a.pdf | tail -n +3 | awk '{ if ($(NF-4) != "yes") exit 1; n++ } END { exit n == 0 }' ||
    fail "a font is not embedded: $(pdffonts a.pdf)"
  width=$(pdfinfo a.pdf | awk '/^Page size/ { print int ($3 + 0.5) }')
  [ "$width" -ge 481 ] && [ "$width" -le 483 ] || fail "17 cm are 482 points, not $width"
fi

# What cannot be drawn, or is not understood: one line that says what.
refuse ()
{
  local status=$1 words=$2
  shift 2
  expect "$status" "$@"
  grep -qF -- "$words" stderr.txt || fail "expected “$words”: $(cat stderr.txt)"
}
refuse 2 '--methods' "$msm" figure p.h5 --out x.pdf
refuse 2 'zero-filed' "$msm" figure p.h5 --methods zero-filed --out x.pdf
refuse 2 'no parameter' "$msm" figure p.h5 --methods cg-sense:steps=3 --out x.pdf
refuse 2 'a figure is a .pdf, .svg or .png' "$msm" figure p.h5 --methods zero-filled --out x.jpg
refuse 2 'ROW' "${base[@]}" --methods zero-filled --profile 1,2,3 --out x.pdf
refuse 2 'row,column,size' "${base[@]}" --methods zero-filled --inset 7 --out x.pdf
refuse 1 'inset 1' "${base[@]}" --methods zero-filled --inset 300,2,10 --out x.pdf
refuse 1 'there is no metric' "${base[@]}" --methods zero-filled --metrics psmr --out x.pdf
refuse 1 'there is no metric' "${base[@]}" --methods zero-filled --plots psmr --out x.pdf
refuse 1 'image, error, phase' "${base[@]}" --methods zero-filled --show image,eror --out x.pdf
refuse 1 'profile' "${base[@]}" --methods zero-filled --profile 1,2,300,4 --out x.pdf
refuse 1 'exists already' "${base[@]}" --methods zero-filled --out a.pdf
printf '[figure]\nwidht=3\n' >bad.ini
refuse 1 'width' "$msm" figure bad.ini --out x.pdf
printf '[figure]\nwidth=3\n[item 1]\nmethod=zero-filled\n[insett 1]\nrow=3\n' >bad.ini
refuse 1 'insett' "$msm" figure bad.ini --out x.pdf
printf '[figure]\nout=/tmp/x\n[item 1]\nmethod=zero-filled\n' >bad.ini
refuse 1 'out' "$msm" figure bad.ini --out x.pdf
printf '[figure]\n[item 1]\nmethod=zero-filled\n' >bad.ini
refuse 1 'no scan is given' "$msm" figure bad.ini --out x.pdf
printf '[recon]\ninput=p.h5\n' >bad.ini
refuse 1 'there is no [figure]' "$msm" figure bad.ini --out x.pdf
nothing x.pdf
