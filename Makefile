# The one front door. `make` alone prints what there is.
# Every target sets up what it needs: a virtual environment in .venv, packages pinned by hash in requirements/.

python := .venv/bin/python
install := @sh tools/install.sh
fast_tests := tests/architecture tests/unit tests/laws tests/golden tests/conformance
# What runs no servers and measures no time can share the machine; the rest runs one test after the other.
side_by_side := -n auto --maxprocesses 8

# What `make test-engines-full` runs the tests of engines with; `make test` does so with xllamacpp.
ENGINES ?= llamacpp-python vllm

.DEFAULT_GOAL := help
.PHONY: help setup run test test-engines-full scorecard check format reference requirements bench bench-streams bench-startup bench-guard bench-machine mutants shares affinity soak
export PYTHON JOBS

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install everything that developing needs into .venv
	$(install) base engines dev clients

run: ## Start two real engines and the gateway in front of them (ARGS="--port 4100" and so on)
	$(install) base engines
	@exec $(python) -m sixnines quickstart $(ARGS)

test: setup ## Every check and every test, with real engines and real clients
	@sh tools/debian.sh curl openssl valgrind
	@$(MAKE) --no-print-directory lint
	$(python) bench/guard.py
	$(python) -m pytest $(side_by_side) $(fast_tests) $(ARGS)
	$(python) -m pytest $(addprefix --ignore=,$(fast_tests)) $(ARGS)

test-engines-full: setup ## The tests of engines with llama-cpp-python (builds for 20 minutes) and vLLM (7 GB) instead
	@sh tools/llamacpp_python.sh
	@sh tools/vllm.sh
	SIXNINES_TEST_ENGINES="$(ENGINES)" $(python) -m pytest tests/engines/test_engine_*.py $(ARGS)

scorecard: ## Play every fault to the gateway, print what callers got, fail if a cell is not as specified
	$(install) base dev clients
	@sh tools/debian.sh openssl
	@PYTHONPATH=tests $(python) -m scorecard $(ARGS)

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

bench-machine: ## The same with and without the attempt machine: what failover costs where nothing fails
	$(install) base dev
	@sh tools/debian.sh nginx wrk
	$(python) bench/overhead.py --bare $(ARGS)

bench-streams: ## 2,000 streams at once: is every chunk there and in order, what does a stream cost
	$(install) base dev
	$(python) bench/streams.py $(ARGS)

bench-startup: ## How quickly commands start and how much memory an idle gateway takes
	$(install) base dev
	$(python) bench/startup.py $(ARGS)

bench-guard: ## Instructions for each request beside the stored figures, memory beside its budget (ARGS=--write stores)
	$(install) base dev
	@sh tools/debian.sh valgrind
	$(python) bench/guard.py $(ARGS)

shares: ## Who answers how many of 10,000 requests under each strategy, beside its formula
	$(install) base dev clients
	@PYTHONPATH=tests $(python) -m shares $(ARGS)

affinity: ## What the strategy sticky is worth in front of two real llama.cpp servers
	$(install) base engines dev clients
	@PYTHONPATH=tests $(python) -m affinity $(ARGS)

mutants: ## Plant bugs in the cores and see that the tests notice each
	$(install) base dev
	$(python) tools/mutants.py

soak: ## Ten minutes of random faults at 50 requests a second (ARGS="--minutes 1 --seed 2" and so on)
	$(install) base dev clients
	@PYTHONPATH=tests $(python) -W error -m soak $(ARGS)

reference: ## Write the JSON Schema and the generated pages of docs/reference again from the code
	$(install) base
	$(python) tools/write_config_docs.py
	$(python) tools/failures_page.py
	$(python) tools/strategies_page.py

requirements: ## Pin requirements/*.txt again from requirements/*.in
	$(install) pin
	@sh tools/pin.sh
