# Every target a person needs. `sh lab/run.sh` finds or gets uv, brings .venv up to date, and runs the lab's program.

.PHONY: help lab lab-down env test check bench campaign campaign-report mutants flags

help:
	@echo "make lab       deploy a host in a container on this machine and read a page with it"
	@echo "make lab-down  remove what make lab made"
	@echo "make env       print the shell variables for pulumi and ocrfleet: eval \"\$$(make -s env)\""
	@echo "make test      install what tests need and run them all"
	@echo "make check     lint, types, layers, unit and golden tests, in a minute"
	@echo "make bench     measure, one JSON line per figure; FAMILY=fleet measures some of it"
	@echo "make campaign  break everything at every step: SHARD=k/n, or CELL=...; without either, list the shards"
	@echo "make campaign-report  write docs/campaign.md from what was seen"
	@echo "make mutants   change what keeps a swap safe in every small way; some test must notice"
	@echo "make flags     let vLLM itself read every host's command line (gets 4 GB of packages once)"

lab:
	@sh lab/run.sh up

lab-down:
	@sh lab/run.sh down

env:
	@sh lab/run.sh env

check:
	@sh lab/check.sh

test: check
	@sh lab/run.sh tools
	@variables=$$(sh lab/run.sh env) && eval "$$variables" && .venv/bin/python3 -m pytest tests/loopback tests/host tests/faults tests/edge --numprocesses=3

bench:
	@sh lab/run.sh tools
	@variables=$$(sh lab/run.sh env) && eval "$$variables" && UV=$$(sh lab/run.sh uv) .venv/bin/python3 -m lab.bench $(FAMILY)

campaign:
	@sh lab/run.sh tools
	@variables=$$(sh lab/run.sh env) && eval "$$variables" && .venv/bin/python3 -m tests.faults.campaign \
		--shard='$(SHARD)' --cell='$(CELL)'

campaign-report:
	@sh lab/run.sh sync
	@.venv/bin/python3 -m tests.faults.report

mutants:
	@uv=$$(sh lab/run.sh uv) && "$$uv" run --isolated --locked --group mutation python scripts/mutants.py

# The record is only replaced where vLLM has read every command line.
flags:
	@sh lab/run.sh sync && mkdir -p build
	@.venv/bin/python3 -m scripts.engine_words >build/words.json
	@"$$(sh lab/run.sh uv)" run --locked --script scripts/parse_flags.py build/words.json tests/golden/vllm.json
	@.venv/bin/python3 -m pytest --quiet tests/golden/test_vllm.py
