#!/usr/bin/env bash
# The photographs that the natural-image prior is trained on, from Debian 12 packages, as PNG files of at most 1600
# pixels along a side. Their authors and licences: natural-sources.md beside this script.
#
# usage: fetch-natural.sh FOLDER      (FOLDER/png/*.png; needs apt-get, dpkg, ImageMagick's convert, bzip2)
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1/packages" "$1/png"
cd "$1"

lomiri=usr/share/backgrounds
sklearn=usr/lib/python3/dist-packages/sklearn/datasets/images
photographs="
lomiri-wallpapers-16.04 $lomiri/Bridge_by_Sander_Klootwijk.jpg
lomiri-wallpapers-16.04 $lomiri/Dragonfly_by_Bolly.jpg
lomiri-wallpapers-16.04 $lomiri/Picture_0B_by_freespace.jpg
lomiri-wallpapers-16.04 $lomiri/Picture_1A_by_freespace.jpg
lomiri-wallpapers-16.04 $lomiri/Wine_by_Jakkub_Mede.jpg
lomiri-wallpapers-16.04 $lomiri/aitzgorri_by_Aitzol_Berasategi.jpg
lomiri-wallpapers-16.04 $lomiri/analogpattern_by_Peter_Nerlich.jpg
lomiri-wallpapers-16.04 $lomiri/free_by_Peter_Nerlich.jpg
lomiri-wallpapers-16.04 $lomiri/friends_by_Aitzol_Berasategi.jpg
lomiri-wallpapers-16.04 $lomiri/greentock_by_Peter_Nerlich.jpg
lomiri-wallpapers-16.04 $lomiri/life_by_Aitzol_Berasategi.jpg
lomiri-wallpapers-16.04 $lomiri/picosdeeuropa_by_Aitzol_Berasategi.jpg
lomiri-wallpapers-16.04 $lomiri/seeding_by_Clements_Engelhardt.jpg
lomiri-wallpapers-16.04 $lomiri/sunset_by_Aitzol_Berasategi.jpg
lomiri-wallpapers-20.04 $lomiri/Kleiber_by_Lukas_Baubkus.jpg
python3-sklearn $sklearn/china.jpg
python3-sklearn $sklearn/flower.jpg
"

unpack ()
{
  [ -d "packages/$1" ] && return
  (cd packages && apt-get download "$1")
  dpkg -x packages/"$1"_*.deb "packages/$1"
}

while read -r package path; do
  [ -n "$package" ] || continue
  unpack "$package"
  convert "packages/$package/$path" -auto-orient -strip -resize '1600x1600>' -depth 8 -type TrueColor \
    "png/$(basename "${path%.*}").png"
done <<< "$photographs"

# A picture of 1024 × 768 colour values in Python's own wrapping: bzip2 around the bare values.
unpack python3-scipy
bzip2 -dc packages/python3-scipy/usr/lib/python3/dist-packages/scipy/misc/face.dat |
  convert -size 1024x768 -depth 8 rgb:- -type TrueColor png/raccoon.png

echo "$(find png -name '*.png' | wc -l) pictures in $1/png"
