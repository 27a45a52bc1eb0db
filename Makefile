# The commands of daily life; `make help` lists them. CMake does the building, scripts/ hold what takes more than a line.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run demo build test format lint asan tsan bench fuzz soak trino package coverage install clean

PREFIX ?= /usr/local

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target text; do \
	  printf '  make %-10s %s\n' "$$target" "$$text"; done

run:  ## build, start the server on ./whence-data, run the handbook example, and stay until Ctrl-C
	@scripts/install-packages build test
	@scripts/build release whenced whence handbook_qa
	@scripts/demo --serve

demo:  ## the same, and stop
	@scripts/install-packages build test
	@scripts/build release whenced whence handbook_qa
	@scripts/demo

build:  ## build everything, release
	@scripts/install-packages build test
	@scripts/build release

test:  ## build and run every test; the last line counts them
	@scripts/install-packages build test
	@scripts/build release
	@scripts/test release

format:  ## clang-format all C++
	@scripts/install-packages lint
	@scripts/lint --fix-format

lint:  ## clang-format (check), clang-tidy, buf lint, shellcheck
	@scripts/install-packages build test lint
	@scripts/lint

asan:  ## every test under the address and undefined-behaviour sanitizers
	@scripts/install-packages build test
	@scripts/build asan
	@scripts/test asan

tsan:  ## every test under the thread sanitizer
	@scripts/install-packages build test
	@scripts/build tsan
	@scripts/test tsan

bench:  ## run the benchmarks, each beside its floor
	@scripts/install-packages build test bench
	@scripts/build release
	@scripts/bench

fuzz:  ## fuzz each parser for FUZZ_SECONDS (60)
	@scripts/install-packages build fuzz
	@scripts/fuzz

soak:  ## the long tests for WHENCE_SOAK_SECONDS (3300): kills, failing disks, random histories
	@scripts/install-packages build test
	@scripts/build release
	@scripts/test release --label soak

trino:  ## an unmodified Trino enforces what whenced says; downloads 800 MB the first time
	@scripts/install-packages build test trino
	@scripts/build release whenced whence whence_masks_dump
	@python3 -B tests/engines/trino/release.py
	@scripts/test release -R '^engines\.trino'

package:  ## Debian packages into build/release/packages
	@scripts/install-packages build test package
	@scripts/build release
	@cd build/release && cpack -B packages

coverage:  ## every test with counters; the report is build/coverage/report.txt
	@scripts/install-packages build test
	@scripts/build coverage
	@scripts/coverage

install:  ## install into PREFIX (/usr/local)
	@scripts/install-packages build test
	@scripts/build release
	@cmake --install build/release --prefix $(PREFIX) --strip

clean:  ## remove build folders (not ./whence-data)
	@rm -rf build whence
