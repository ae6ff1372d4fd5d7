# The one front door. `make` alone prints what there is.
# Every target sets up what it needs: a virtual environment in .venv, packages pinned by hash in requirements/.

python := .venv/bin/python
install := @sh tools/install.sh
fast_tests := tests/architecture tests/unit tests/laws tests/golden tests/conformance
# What runs no servers and measures no time can share the machine; the rest runs one test after the other.
side_by_side := -n auto --maxprocesses 8

.DEFAULT_GOAL := help
.PHONY: help setup run test test-engines-full check format reference requirements bench
export PYTHON VLLM_PYTHON VLLM_MODEL JOBS

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install everything that developing needs into .venv
	$(install) base engines dev clients

run: ## Start two real engines and the gateway in front of them (ARGS="--port 4100" and so on)
	$(install) base engines
	@exec $(python) -m sixnines quickstart $(ARGS)

test: setup ## Every check and every test, with real engines and real clients
	@sh tools/debian.sh curl openssl
	@$(MAKE) --no-print-directory lint
	$(python) -m pytest $(side_by_side) $(fast_tests) $(ARGS)
	$(python) -m pytest $(addprefix --ignore=,$(fast_tests)) $(ARGS)

test-engines-full: setup ## Also with llama-cpp-python (built here, 20 minutes) and vLLM (VLLM_PYTHON=, VLLM_MODEL=)
	@sh tools/llamacpp_python.sh
	$(python) -m pytest tests/engines_full $(ARGS)

check: ## Format, lint, types, contracts and the fast tests: under a minute
	$(install) base dev clients
	@$(MAKE) --no-print-directory lint
	$(python) -m pytest $(side_by_side) -m "not slow" $(fast_tests) $(ARGS)

.PHONY: lint
lint:
	$(python) -m ruff format --check
	$(python) -m ruff check
	$(python) -m mypy
	@.venv/bin/lint-imports

format: ## Format the code and mend what the linter can mend by itself
	$(install) base dev
	$(python) -m ruff format
	$(python) -m ruff check --fix

bench: ## Requests per second and latencies beside nginx, in the same run
	$(install) base dev
	@sh tools/debian.sh nginx wrk
	$(python) bench/overhead.py $(ARGS)

reference: ## Write the JSON Schema and the generated pages of docs/reference again from the code
	$(install) base
	$(python) tools/write_config_docs.py
	$(python) tools/failures_page.py

requirements: ## Pin requirements/*.txt again from requirements/*.in
	$(install) pin
	@sh tools/pin.sh
