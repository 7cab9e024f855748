# The few commands a person types. Everything is installed once, outside the checkout, by cmake/install.sh.
.PHONY: all configure build quickstart test bench cuda format clean
JOBS ?= $(shell nproc)

all: build

configure:
	@site=$$(sh cmake/install.sh cpu) && cmake -S . -B build -G Ninja -DCRESCENT_SITE=$$site --log-level=WARNING >/dev/null

build: configure
	@cmake --build build -j $(JOBS) --target crescent plugins

quickstart: build
	build/crescent run experiments/quickstart

test: configure
	@cmake --build build -j $(JOBS)
	@tests/run build

bench: configure
	@cmake --build build -j $(JOBS)
	@bench/run build

cuda: # the same program linked to the CUDA wheels; what `make` has compiled comes out of ccache
	@site=$$(sh cmake/install.sh cpu) && cuda=$$(sh cmake/install.sh cuda) && \
	  cmake -S . -B build-cuda -G Ninja -DCRESCENT_SITE=$$site -DCRESCENT_CUDA_SITE=$$cuda --log-level=WARNING >/dev/null
	@cmake --build build-cuda -j $(JOBS) --target crescent plugins

format:
	git ls-files '*.cpp' '*.hpp' '*.h' | xargs clang-format -i

clean:
	rm -rf build build-cuda
