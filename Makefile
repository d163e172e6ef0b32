# Everything runs in .venv, built from pyproject.toml with the versions of constraints.txt.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PYTHONS ?= python3.12 python3.13

# Some containers set it. Then TensorFlow is compiled anew at every start, which takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test suite test-all test-backends test-pythons lint bench bench-quick fuzz docs changelog dist clean

demo: $(STAMP)
	$(BIN)/valgap run examples/volatile_frames.py

# BACKENDS=1 installs jax and torch too (a CPU build where the index has one), for the tests of
# the other backends and those that feed a DataLoader; without it they are skipped.
# Types take a minute of one core, so they are checked beside the tests.
test: $(STAMP)
ifdef BACKENDS
	$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt jax torch
endif
	$(MAKE) --jobs 2 lint suite

suite: $(STAMP)
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# With those that take minutes each.
test-all: lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m ""

# The tests that meet Keras, whole, on each of the other backends: some fifty minutes of one core.
test-backends: $(STAMP)
	$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt jax torch
	for backend in jax torch; do \
	    KERAS_BACKEND=$$backend $(BIN)/pytest --numprocesses 2 --dist loadfile \
	        -m "not long and not on_tensorflow" tests/keras tests/scripts || exit; \
	done

# All tests on other versions of Python, each in an environment of its own beside .venv.
test-pythons:
	for python in $(PYTHONS); do $(MAKE) suite VENV=.venv-$$python PYTHON=$$python || exit; done

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# All benches, which takes a day; it goes on where it was stopped, and writes bench/RESULTS.md.
bench: $(STAMP)
	$(BIN)/python bench/everything.py

# A fair sample of what experiments prove, in some twenty minutes.
bench-quick: $(STAMP)
	$(BIN)/python bench/proof.py --sample 40 --quick --budget 60 --minutes 18

# The console parser under a fuzzer, for a minute; atheris installs on few machines, so by itself.
fuzz: $(STAMP)
	$(BIN)/python -m pip install --quiet atheris
	$(BIN)/python tests/fuzz/console_parser.py -max_total_time=60

# The pages that are made from the code, and the site of them all in site/. Not --quiet: under it
# --strict counts no warning.
docs: $(STAMP)
	$(BIN)/python docs/catalogue.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# From the fragments in changelog.d, which stay.
changelog: $(STAMP)
	$(BIN)/python docs/changelog.py

# Wheel and sdist, in dist/.
dist: changelog
	rm -rf dist
	$(BIN)/python -m build --outdir dist .

clean:
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .hypothesis site

# Not compiled beforehand, which took half of the time: Python does so with what is imported.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt -e ".[tensorflow,examples,dev,docs]"
	touch $@
