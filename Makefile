# The one front door. `make` alone prints what there is.
# Every target sets up what it needs: a virtual environment in .venv, packages pinned by hash in requirements/.

python := .venv/bin/python
install := @sh tools/install.sh
fast_tests := tests/architecture tests/unit tests/laws tests/golden tests/conformance tests/eval
# Machine code has no architecture that its sources have not, and tools and benches are no part of it.
compiled_tests := $(filter-out tests/architecture,$(fast_tests))
compiled_servers := tests/integration tests/scorecard --ignore=tests/integration/tools --ignore=tests/integration/bench
# What runs no servers and measures no time can share the machine. Of what runs servers, this can too, two files at once;
# browsers come by themselves, because their loop stays open in a process. The rest runs one test after the other.
side_by_side := -n auto --maxprocesses 8
two_files := -n 2 --dist loadfile
with_servers := tests/clients tests/scorecard $(addprefix tests/integration/,control looking tools verify web)
browsers := tests/web

# What `make test-engines-full` runs the tests of engines with; `make test` does so with xllamacpp.
ENGINES ?= llamacpp-python vllm

.DEFAULT_GOAL := help
.PHONY: help setup run compile clean-compiled test test-compiled test-engines-full scorecard check format reference requirements bench bench-peers bench-streams bench-startup bench-guard bench-machine bench-routing eval-routing mutants shares affinity soak
export PYTHON JOBS

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install everything that developing needs into .venv
	$(install) base engines dev tracing clients

run: ## Start two real engines and the gateway in front of them (ARGS="--port 4100" and so on)
	$(install) base engines
	@exec $(python) -m sixnines quickstart $(ARGS)

compile: ## Build machine code of the request path, which halves what a request costs; needs a C compiler
	$(install) base dev
	@sh tools/debian.sh $$($(python) tools/compile.py --missing)
	$(python) tools/compile.py $(ARGS)

clean-compiled: ## Remove the machine code: the sources run again
	rm -rf build/compiled

test: setup ## Every check and every test, with real engines and real clients
	@sh tools/debian.sh chromium curl openssl prometheus systemd tmux valgrind $$($(python) tools/compile.py --missing)
	@$(MAKE) --no-print-directory lint
	$(python) bench/guard.py
	$(python) -m pytest $(side_by_side) $(fast_tests) $(ARGS)
	$(python) tools/once_more.py $(two_files) $(with_servers) $(ARGS)
	$(python) tools/once_more.py $(two_files) $(browsers) $(ARGS)
	$(python) tools/once_more.py $(addprefix --ignore=,$(fast_tests) $(with_servers) $(browsers) tests/peers) --durations=25 $(ARGS)

test-compiled: setup ## The fast tests and those with servers once more, on the machine code of `make compile`
	@sh tools/debian.sh chromium openssl
	@$(MAKE) --no-print-directory compile ARGS=
	PYTHONPATH=$$($(python) tools/compile.py --where) $(python) -m sixnines --version | grep compiled
	PYTHONPATH=$$($(python) tools/compile.py --where) $(python) -m pytest $(side_by_side) $(compiled_tests) $(ARGS)
	PYTHONPATH=$$($(python) tools/compile.py --where) $(python) -m pytest $(compiled_servers) $(ARGS)

test-engines-full: setup ## The tests of engines with llama-cpp-python (builds for 20 minutes) and vLLM (7 GB) instead
	@sh tools/llamacpp_python.sh
	@sh tools/vllm.sh
	SIXNINES_TEST_ENGINES="$(ENGINES)" $(python) -m pytest tests/engines/test_engine_*.py $(ARGS)

.PHONY: test-peers
test-peers: ## What `sixnines export litellm` writes, in the real LiteLLM proxy, installed apart from everything else
	$(install) base dev tracing clients
	$(python) -m pytest tests/peers $(ARGS)

demo-deploy: ## Edit, plan, apply, a bad change that takes itself back, history, rollback: a transcript (ARGS=--write)
	$(install) base
	@$(python) tools/demo_deploy.py $(ARGS)

scorecard: ## Play every fault to the gateway, print what callers got, fail if a cell is not as specified
	$(install) base dev tracing clients
	@sh tools/debian.sh openssl
	@PYTHONPATH=tests $(python) -m scorecard $(ARGS)

check: ## Format, lint, types, contracts and the fast tests: under a minute
	$(install) base dev tracing clients
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

bench: ## What a request costs, beside nginx and other gateways, in one run (ARGS=--all: every case; --list)
	$(install) base dev
	@sh tools/debian.sh nginx wrk
	$(python) bench/run.py $(ARGS)

bench-peers: ## Install the other gateways for that, each by itself under .bench (the first run does so as well)
	$(install) base dev
	$(python) bench/packages.py $(ARGS)

bench-machine: ## With and without the attempt machine: what failover costs where nothing fails
	$(install) base dev
	@sh tools/debian.sh nginx wrk
	$(python) bench/run.py --only small-16 --systems direct,nginx,sixnines,sixnines-bare --results .bench/results $(ARGS)

bench-streams: ## Up to 5,000 streams at once: is every chunk there, how late, what does a stream cost
	$(install) base dev
	@sh tools/debian.sh nginx wrk
	$(python) bench/run.py --only paced --systems direct,nginx,sixnines --results .bench/results $(ARGS)

.PHONY: bench-observability
bench-observability: ## Everything on against everything off, and what each part of it costs: under four minutes
	$(install) base dev
	@sh tools/debian.sh nginx wrk
	$(python) bench/run.py --only switches --results .bench/results $(ARGS) \
		--systems sixnines,sixnines-off,sixnines-compiled,sixnines-off-compiled,sixnines-silent,sixnines-log,sixnines-traces

bench-startup: ## How quickly commands start and how much memory an idle gateway takes
	$(install) base dev
	$(python) bench/startup.py $(ARGS)

bench-guard: ## Instructions for each request beside the stored figures, memory beside its budget (ARGS=--write stores)
	$(install) base dev
	@sh tools/debian.sh valgrind
	$(python) bench/guard.py $(ARGS)

.PHONY: bench-scale
bench-scale: ## What one core and ten replicas hold, by simulation (ARGS="--request-us 30 --chunk-us 8")
	$(install) base dev
	$(python) bench/scale.py $(ARGS)

.PHONY: eval-adaptive
eval-adaptive: ## Does the strategy `adaptive` find the best of four and follow a change? A simulation with fixed seeds
	$(install) base dev
	@PYTHONPATH=tests $(python) -m eval.adaptive $(ARGS)

bench-routing: ## What features, score and plan cost for each request
	$(install) base dev
	$(python) bench/routing.py $(ARGS)

eval-routing: ## How well the complexity score does on the labelled prompts: confusion matrices, precision, recall
	$(install) base
	@PYTHONPATH=tests $(python) -m eval.routing $(ARGS)

shares: ## Who answers how many of 10,000 requests under each strategy, beside its formula
	$(install) base dev tracing clients
	@PYTHONPATH=tests $(python) -m shares $(ARGS)

affinity: ## What the strategy sticky is worth in front of two real llama.cpp servers
	$(install) base engines dev tracing clients
	@PYTHONPATH=tests $(python) -m affinity $(ARGS)

.PHONY: screenshot-top
screenshot-top: ## Make docs/images/top.svg again: `sixnines top` in front of a real gateway
	$(install) base dev
	@PYTHONPATH=tests $(python) -m support.screenshot_top docs/images/top.svg
	@PYTHONPATH=tests $(python) -m support.golden_top

.PHONY: screenshots
screenshots: ## Make docs/images/ui-*.png again: every page of /ui, light and dark (ARGS="--minutes 1": emptier charts)
	$(install) base dev tracing clients
	@sh tools/debian.sh chromium
	@PYTHONPATH=tests $(python) tools/screenshots.py $(ARGS)

mutants: ## Plant bugs in the cores and see that the tests notice each
	$(install) base dev
	$(python) tools/mutants.py

soak: ## Ten minutes of random faults at 50 requests a second (ARGS="--minutes 1 --seed 2" and so on)
	$(install) base dev tracing clients
	@PYTHONPATH=tests $(python) -W error -m soak $(ARGS)

.PHONY: reload-under-load
reload-under-load: ## 50 changes of the config under 500 requests a second; no request may fail (ARGS=--pauses: how long they wait)
	$(install) base dev tracing clients
	@PYTHONPATH=tests $(python) -W error -m reloading $(ARGS)

.PHONY: test-monitoring
test-monitoring: ## Alerts and dashboards beside a real Prometheus that scrapes a gateway under load
	$(install) base dev clients
	@sh tools/debian.sh prometheus
	$(python) -m pytest tests/monitoring tests/golden/test_monitoring_files.py $(ARGS)

reference: ## Write the JSON Schema, the generated pages of docs/reference and what is in deploy/ again from the code
	$(install) base dev
	$(python) tools/write_config_docs.py
	$(python) tools/failures_page.py
	$(python) tools/strategies_page.py
	$(python) tools/complexity_page.py
	$(python) tools/metrics_page.py
	$(python) tools/monitoring_files.py

requirements: ## Pin requirements/*.txt again from requirements/*.in
	$(install) pin
	@sh tools/pin.sh
