#!/bin/sh
# install.sh [cpu|cuda]: installs what the build needs and prints the folder of the unpacked wheels.
# Debian packages come from apt; LibTorch comes from the torch wheel on PyPI, unpacked once under
# ${CRESCENT_CACHE:-~/.cache/crescent} and keyed by the versions in versions.env. A second call changes nothing.
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

# What the program links or loads, as patterns of files in the wheels: 0.5 GB of 1.5, and 3.4 GB of 4.6 with CUDA.
CPU_LIBRARIES="*/libc10.so */libtorch_cpu.so */libgomp* */libcudart.so* */libcupti.so*"
CUDA_LIBRARIES="$CPU_LIBRARIES */libc10_cuda.so */libtorch_cuda.so */libtorch_cuda_linalg.so */libtorch_nvshmem.so
  */libcaffe2_nvrtc.so */libcublas.so* */libcublasLt.so* */libcudnn*.so* */libcufft.so* */libcufile.so* */libcurand.so*
  */libcusolver.so* */libcusparse.so* */libcusparseLt.so* */libnccl.so* */libnvJitLink.so* */libnvrtc.so*
  */libnvrtc-builtins.so* */libnvshmem_host.so*"

key=$TORCH_VERSION-$(grep -v PACKAGES "$here/versions.env" | sha256sum | cut -c1-8)
cache=${CRESCENT_CACHE:-$HOME/.cache/crescent}
site=$cache/site-$kind-$key
if [ ! -e "$site/DONE" ]; then
  work=$site.partial.$$
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/wheels"
  echo "downloading LibTorch $TORCH_VERSION ($kind) into $site" >&2
  platforms="--platform manylinux2014_x86_64 --platform manylinux1_x86_64"
  for p in $(seq 28 -1 17); do platforms="$platforms --platform manylinux_2_${p}_x86_64"; done
  download() {
    python3 -m pip download -q --only-binary=:all: --python-version "$PYTHON_TAG" --implementation cp $platforms \
      --abi "cp$(echo "$PYTHON_TAG" | tr -d .)" --abi none --abi abi3 -d "$work/wheels" "$@" >&2
  }
  download --no-deps "torch==$TORCH_VERSION"
  if [ "$kind" = cuda ]; then
    # torch pins each CUDA wheel that it was built with. Headers are taken from the CPU set: they are the same.
    unzip -p "$work"/wheels/torch-*.whl '*/METADATA' >"$work/METADATA"
    download $(sed -n 's/^Requires-Dist: \(cuda-toolkit[^;]*\|nvidia-[^;]*\);.*/\1/p' "$work/METADATA")
    rm "$work/METADATA"
    wanted=$CUDA_LIBRARIES
  else
    download --no-deps "nvidia-cuda-runtime==$CUDA_RUNTIME_VERSION" "nvidia-cuda-cupti==$CUDA_CUPTI_VERSION"
    wanted="torch/include/* $CPU_LIBRARIES"
  fi
  set -f # patterns for unzip, not for the shell
  for wheel in $(ls "$work/wheels" | grep -E '^(torch-|nvidia_)'); do
    unzip -q -o "$work/wheels/$wheel" $wanted -d "$work" 2>"$work/log" || [ $? = 11 ] || { cat "$work/log" >&2; exit 1; } # 11: no match
    rm "$work/wheels/$wheel"
  done
  set +f
  rm -rf "$work/wheels" "$work/log"
  if [ "$kind" = cpu ]; then
    mkdir -p "$work/include"
    ln -s ../torch/include/fmt "$work/include/fmt" # fmt alone, for the layers that never see LibTorch
  fi
  touch "$work/DONE"
  mv -T "$work" "$site" 2>/dev/null || [ -e "$site/DONE" ] # another build may have been faster
fi
echo "$site"
