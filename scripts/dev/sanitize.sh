#!/bin/sh
# sanitize.sh TEST...: builds test programs that need no LibTorch (test_answers, test_http, ...) under AddressSanitizer and
# UndefinedBehaviorSanitizer in build-sanitize/, and runs them; the first finding ends it.
set -eu
cd "$(dirname "$0")/../.."
site=$(sh cmake/install.sh cpu)
cmake -S . -B build-sanitize -G Ninja -DCRESCENT_SITE="$site" --log-level=WARNING \
  -DCMAKE_CXX_FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" >/dev/null
cmake --build build-sanitize -j "${JOBS:-$(nproc)}" --target "$@"
for test in "$@"; do
  "build-sanitize/$test"
done
