#!/bin/sh
# install.sh [cpu|cuda]: installs what the build needs and prints the folder of the unpacked wheels.
# Debian packages come from apt; LibTorch comes from the torch wheel on PyPI, unpacked once under
# ${CRESCENT_CACHE:-~/.cache/crescent} and keyed by versions.env. A second call changes nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.env"
kind=${1:-cpu}

missing=""
for package in $DEBIAN_PACKAGES; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ]; then
    echo "installing Debian packages:$missing" >&2
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } >&2
  else
    echo "crescent: these Debian packages are missing:$missing" >&2
    echo "crescent: you are not root, so install them with this line and call make again:" >&2
    echo "    sudo apt-get install --no-install-recommends$missing" >&2
    exit 2
  fi
fi

key=$(sha256sum "$here/versions.env" | cut -c1-12)
cache=${CRESCENT_CACHE:-$HOME/.cache/crescent}
site=$cache/site-$kind-$key
if [ ! -e "$site/DONE" ]; then
  work=$site.partial.$$
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/wheels"
  echo "downloading LibTorch $TORCH_VERSION ($kind) into $site" >&2
  platforms=""
  for p in manylinux_2_28 manylinux_2_27 manylinux_2_25 manylinux_2_24 manylinux_2_17 manylinux2014 manylinux1; do
    platforms="$platforms --platform ${p}_x86_64"
  done
  common="--only-binary=:all: --python-version $PYTHON_TAG --implementation cp --abi cp$(echo "$PYTHON_TAG" | tr -d .) --abi none --abi abi3"
  if [ "$kind" = cuda ]; then
    python3 -m pip download -q $common $platforms -d "$work/wheels" "torch==$TORCH_VERSION" >&2
  else
    python3 -m pip download -q --no-deps $common $platforms -d "$work/wheels" "torch==$TORCH_VERSION" \
      "nvidia-cuda-runtime==$CUDA_RUNTIME_VERSION" "nvidia-cuda-cupti==$CUDA_CUPTI_VERSION" >&2
  fi
  for wheel in "$work"/wheels/torch-*.whl "$work"/wheels/nvidia_*.whl; do unzip -q -o "$wheel" -d "$work"; done
  rm -rf "$work/wheels"
  if [ "$kind" = cpu ]; then # keep what the CPU build links: 0.5 GB instead of 1.5
    find "$work" -mindepth 1 -maxdepth 1 ! -name torch ! -name nvidia -exec rm -rf {} +
    find "$work/torch" -mindepth 1 -maxdepth 1 ! -name include ! -name lib -exec rm -rf {} +
    find "$work/torch/lib" -type f ! -name 'libc10.so' ! -name 'libtorch_cpu.so' ! -name 'libgomp*' -delete
    find "$work/nvidia" -type f ! -name 'libcudart.so*' ! -name 'libcupti.so*' -delete
  fi
  mkdir -p "$work/include"
  ln -s ../torch/include/fmt "$work/include/fmt" # fmt alone, for the layers that never see LibTorch
  touch "$work/DONE"
  mv "$work" "$site" 2>/dev/null || [ -e "$site/DONE" ] # another build may have been faster
fi
echo "$site"
