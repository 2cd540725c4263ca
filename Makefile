# make demo: build, start, upload a clip, print where to watch it.     make test: all tests.
.PHONY: help demo build test acceptance a11y chaos fuzz fuzz-coverage screenshots bench lint format clean

help:
	@echo "make demo | build | test | acceptance | a11y | chaos | fuzz | fuzz-coverage | screenshots | bench | lint | format | clean"

# The debug build: it compiles in a third of the time, and FFmpeg's libraries, which do the work, are the same in both.
demo:
	@scripts/setup.sh demo
	@swift build --product videohost
	@scripts/demo

build:
	@scripts/setup.sh build
	@scripts/build-web
	swift build -c release --product videohost
	@scripts/strip-release .build/release/videohost

# ARGS=--coverage also counts the lines of Sources that run; other ARGS go to pytest.
test:
	@scripts/setup.sh test
	@scripts/test $(ARGS)

# The acceptance tests alone, against the debug build; ARGS go to pytest: make acceptance ARGS="-k chaos"
acceptance:
	@scripts/setup.sh test
	@scripts/build-web
	@swift build --product videohost
	@.setup/venv/bin/python -m pytest -c Tests/Acceptance/pytest.ini Tests/Acceptance $(ARGS)

# Runs a pool on loopback whose processes and services fail at random, for about ten minutes. The printed seed repeats the plan:
# CHAOS_SEED=7 make chaos ARGS="--minutes 6 --uploads 50"
chaos:
	@scripts/setup.sh test
	@scripts/build-web
	@swift build --product videohost
	@.setup/venv/bin/python Tests/Acceptance/chaos.py $(ARGS)

# Feeds damaged inputs to every parser, then 2,000 damaged media files to the media children, in about 20 minutes. The printed
# seed repeats them: FUZZ_SEED=7 make fuzz ARGS="--files 200". ARGS="--only 123" repeats one file.
fuzz:
	@scripts/setup.sh test
	@scripts/build-web
	@swift build --product videohost
	@swift build --product ParserFuzz
	@.setup/venv/bin/python Tests/Acceptance/fuzz.py $(ARGS)

# Lets libFuzzer drive each parser for SECONDS; the first build takes some minutes, in a build folder of its own.
fuzz-coverage:
	@scripts/setup.sh build
	@scripts/fuzz-coverage $(SECONDS)

# axe over every page, state, language, theme and width, in some minutes.
a11y:
	@scripts/setup.sh test
	@scripts/build-web
	@swift build --product videohost
	@VIDEOHOST_A11Y=all .setup/venv/bin/python -m pytest -c Tests/Acceptance/pytest.ini Tests/Acceptance/test_accessibility.py -n2 $(ARGS)

# docs/images: pictures of all pages.
screenshots:
	@scripts/setup.sh test
	@scripts/build-web
	@swift build --product videohost
	@.setup/venv/bin/python scripts/screenshots

bench:
	@scripts/setup.sh bench
	@scripts/build-web
	@swift build -c release --product videohost
	@swift build -c release --product queue-bench
	@swift build -c release --product SandboxBench
	@swift build -c release --product HostileChild
	@.setup/venv/bin/python bench/run.py $(ARGS)

lint:
	@scripts/setup.sh test
	swift format lint --strict --parallel -r Package.swift Sources Tests
	.setup/venv/bin/ruff check
	.setup/venv/bin/ruff format --check

format:
	swift format -i --parallel -r Package.swift Sources Tests
	.setup/venv/bin/ruff format

clean:
	rm -rf .build .build-libfuzzer .setup web/vendor web/dist
