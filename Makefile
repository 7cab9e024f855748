# The few commands a person types. Everything is installed once, outside the checkout, by cmake/install.sh.
.PHONY: all build quickstart test bench cuda format clean
JOBS ?= $(shell nproc)

all: build

build:
	@site=$$(sh cmake/install.sh cpu) && cmake -S . -B build -G Ninja -DCRESCENT_SITE=$$site --log-level=WARNING >/dev/null
	@cmake --build build -j $(JOBS)

quickstart: build
	build/crescent run experiments/quickstart

test: build
	@tests/run build

bench: build
	@bench/run build

cuda: # the same program linked to the CUDA wheels; what `make` has compiled comes out of ccache
	@site=$$(sh cmake/install.sh cpu) && cuda=$$(sh cmake/install.sh cuda) && \
	  cmake -S . -B build-cuda -G Ninja -DCRESCENT_SITE=$$site -DCRESCENT_CUDA_SITE=$$cuda --log-level=WARNING >/dev/null
	@cmake --build build-cuda -j $(JOBS) --target crescent plugins

format:
	git ls-files '*.cpp' '*.hpp' '*.h' | xargs clang-format -i

clean:
	rm -rf build build-cuda
