# Everything is made in .venv; nothing else on the machine is touched. `make` alone starts the playground.
PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin

.PHONY: run install test check bench chaos lock clean

run: $(VENV)/run.done
	@$(BIN)/mockingbird run

install: $(VENV)/dev.done

test: $(VENV)/dev.done
	$(BIN)/pytest

check: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/mockingbird content check

# An hour's worth of deaths, on both databases; the short form of it is a part of `make test`.
chaos: $(VENV)/dev.done
	$(BIN)/pytest tests/chaos -m "long or not long" -v

bench: $(VENV)/dev.done
	$(BIN)/python -m bench

# The pinned, hashed resolution of pyproject.toml: for running, and for developing on top of it.
lock: $(VENV)/dev.done
	$(BIN)/uv pip compile pyproject.toml --extra web --extra slack --extra discord --extra postgres $(LOCK) -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --extra web --extra slack --extra discord --extra postgres --extra dev -c requirements.txt $(LOCK) -o requirements-dev.txt
LOCK = --universal --python-version 3.11 --generate-hashes --no-annotate --quiet --custom-compile-command "make lock"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Mockingbird needs Python 3.11 or newer; name one with: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: $(VENV)/bin/python requirements.txt pyproject.toml
	@echo "Installing; this takes a minute or two the first time."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/dev.done: $(VENV)/bin/python requirements-dev.txt pyproject.toml
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@ $(VENV)/run.done

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
