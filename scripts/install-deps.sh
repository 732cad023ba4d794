#!/usr/bin/env bash
# Installs the Debian / Ubuntu packages that building and testing need, only when some are missing.
# The names are the same in Debian 12 and Ubuntu 24.04. Usage: scripts/install-deps.sh
set -euo pipefail

packages=(
  build-essential meson ninja-build pkg-config gettext
  libglib2.0-dev libgtk-4-dev libcairo2-dev libpango1.0-dev
  libfftw3-dev libdnnl-dev liblapack-dev
  libhdf5-dev libpng-dev libjson-glib-dev libzip-dev libxml2-dev libnifti-dev zlib1g-dev
  libdcmtk-dev dcmtk dicom3tools
  desktop-file-utils xvfb xauth libxtst6 poppler-utils libwebp-dev libcgif-dev webp
)

missing=()
for package in "${packages[@]}"; do
  # Virtual names and multi-arch copies both answer with one status line per package.
  if ! dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$'; then
    missing+=("$package")
  fi
done
if [ "${#missing[@]}" -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and there is neither root nor sudo: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -q --no-install-recommends "${missing[@]}" </dev/null
