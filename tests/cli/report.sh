#!/usr/bin/env bash
# Reports: what a reader needs is in them, in both formats; the same settings give the same report.
source "$(dirname "$0")/support.sh"

expect 0 "$msm" phantom p.h5 --rows 48 --columns 48 --coils 4 --seed 1
report=("$msm" report p.h5 --accel 3 --acs 12 --espirit-calib 12 --methods zero-filled,cg-sense:iterations=4)
expect 0 "${report[@]}" --title 'Two <methods> & more' --out a.html
expect 0 "${report[@]}" --title 'Two <methods> & more' --out a.pdf
grep -qF 'Two &lt;methods&gt; &amp; more' a.html || fail "the title is not escaped"
for word in '<svg' '<td>CG-SENSE</td>' 'fastMRI' 'Warnings' 'iterations=4' '[item 2]' 'for diagnostic use' 'Residual'; do
  grep -qiF -- "$word" a.html || fail "the page lacks “$word”"
done
! grep -aqF 'p.h5' a.html a.pdf || fail "a report names the scan"
# The table is what the method's own command says.
expect 0 "$msm" recon p.h5 --method cg-sense --iterations 4 --accel 3 --acs 12 --espirit-calib 12
psnr=$(grep -o 'PSNR [0-9.]*' stdout.txt | head -1)
grep -qF "<td>${psnr#PSNR }</td>" a.html || fail "the report's PSNR is not that of msm recon ($psnr)"
if command -v pdftotext >/dev/null; then
  pdftotext -layout a.pdf a.words
  for word in 'Two <methods> & more' 'CG-SENSE' "${psnr#PSNR }" 'Warnings' 'iterations=4' 'for diagnostic use'; do
    grep -qiF -- "$word" a.words || fail "the report lacks “$word”: $(cat a.words)"
  done
  pdffonts a.pdf | tail -n +3 | awk '{ if ($(NF-4) != "yes") exit 1; n++ } END { exit n == 0 }' ||
    fail "a font is not embedded: $(pdffonts a.pdf)"
fi
for kind in html pdf; do
  expect 0 "${report[@]}" --title 'Two <methods> & more' --out b.$kind
  cmp a.$kind b.$kind || fail "a report is not the same twice"
done
expect 2 "${report[@]}" --out a.doc
grep -qF 'a report is a .pdf or .html' stderr.txt || fail "a.doc: $(cat stderr.txt)"
expect 2 "${report[@]}"
expect 1 "${report[@]}" --out a.pdf
nothing a.doc
