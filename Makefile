# Each target does its own set-up: it needs make and Python 3.11 or newer, or uv.

VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

PYTHON ?= $(shell for name in python3.13 python3.12 python3.11 python3.14 python3; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$name; break; fi; done)
UV := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo test check fast bench shots structure vendor clean

help:
	@echo "make demo      watch the bot answer customers, on a mock WeCom server"
	@echo "make test      run all tests"
	@echo "make check     format, lint, types"
	@echo "make fast      the compiled form, into build/fast (needs a C compiler)"
	@echo "make bench     speed and memory, beside other programs"
	@echo "make shots     screenshots of all pages, into var/shots"
	@echo "make structure write bot/store/structure.sql again, after a new migration"
	@echo "make vendor    fetch the browser files of other projects again (needs npm)"
	@echo "make clean     remove what the others made"
	@echo 'Arguments go in ARGS: make demo ARGS="--once --json"'

demo: $(VENV)/installed
	@$(BIN)/huashu demo $(ARGS)

# Bytecode is kept, whatever the environment says: every worker would compile all tests by itself.
# In the order of the folders the long files come first: else the files with few tests come last,
# which are whole scenarios, and a worker ends alone.
test: $(VENV)/installed-test $(VENV)/browser
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# Beside the checkout's own sources, never among them: tests and edits see Python alone.
FAST := build/fast
fast: $(FAST)/bot
$(FAST)/bot: pyproject.toml setup.py $(shell find bot -name '*.py') | $(BIN)/python
	@echo "Compiling Huashu into $(FAST), about a minute …" >&2
	@rm -rf $(FAST) build/lib*
	@COMPILE_HUASHU=1 $(INSTALL) --no-deps --target $(FAST) .
	@touch $@

bench: $(VENV)/installed-bench
	@$(MAKE) --no-print-directory fast || echo "Not compiled: Python alone is measured." >&2
	$(BIN)/python -m benchmarks $(ARGS)

shots: $(VENV)/installed-test $(VENV)/browser
	$(BIN)/python -m tests.browser.shots $(ARGS)

structure: $(VENV)/installed
	$(BIN)/python -m bot.store.structure

vendor: $(VENV)/installed
	$(BIN)/python -m bot.web.vendor

clean:
	rm -rf $(VENV) build dist *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find bot handlers tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
ifneq ($(UV),)
	@$(UV) venv --quiet --python '>=3.11' $(VENV)
else
	@test -n "$(PYTHON)" || { \
		echo "Huashu needs Python 3.11 or newer, and there is none here." >&2; \
		echo "Debian, Ubuntu: sudo apt install python3 python3-venv    macOS: brew install python" >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. Cure: sudo apt install python3-venv" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV)
endif

ifneq ($(UV),)
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
else
# --use-pep517, as newer ones do anyway: the pip of Debian 12 warns of lunar-python without it.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --use-pep517
endif
# On all cores; pip does it on one, uv not at all. Some packages carry files of other Pythons, and a
# third of all files are of tools that hardly read them again.
TOOLS := /(pip|setuptools|pygments|mypyc?)/
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '$(TOOLS)' $(VENV) bot handlers || :

$(VENV)/installed: pyproject.toml setup.py | $(BIN)/python
	@echo "Installing Huashu into $(VENV) …" >&2
	@$(INSTALL) -e .
	@$(COMPILE)
	@touch $@

$(VENV)/installed-%: pyproject.toml setup.py | $(BIN)/python
	@echo "Installing Huashu and its extra \"$*\" into $(VENV) …" >&2
	@$(INSTALL) -e ".[$*]"
	@$(COMPILE)
	@touch $@

# Chromium without a desktop, which takes a third less of the processor's time: Debian's own, with a
# Chinese font; else whichever Chromium is there, or the one that Playwright fetches. And what the
# guide's example in a shell is tried with.
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
APT = { command -v apt-get && { $(SUDO) apt-get -qq update; \
	$(SUDO) apt-get -qq install -y --no-install-recommends $(1); }; } >/dev/null
$(VENV)/browser: | $(VENV)/installed-test
	@command -v chromium-headless-shell >/dev/null || { \
		echo "Installing a browser for the tests …" >&2; \
		$(call APT,chromium-headless-shell fonts-wqy-microhei) || \
		command -v chromium || command -v chromium-browser || \
		$(BIN)/playwright install chromium; }
	@{ command -v curl && command -v openssl; } >/dev/null || $(call APT,curl openssl)
	@touch $@
