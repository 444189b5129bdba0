# make demo | test | fuzz | check | lock | bench | train   (ARGS="…" is passed on; PYTHON=… chooses the interpreter)
# The first call makes a virtual environment in .venv; later ones find it ready.

VENV ?= .venv
DATA ?= data
MODELS ?= digits-gmm digits-cnn digits-rnn
FILES ?= 100000
RUN := $(VENV)/bin/python
DEMO_READY := $(VENV)/.demo-ready
DEV_READY := $(VENV)/.dev-ready
BENCH_READY := $(VENV)/.bench-ready

.PHONY: help demo test fuzz check format lock bench train clean

help:
	@echo "make demo    serve the page on http://127.0.0.1:7860    ARGS=\"--port 8000\""
	@echo "make test    run all tests                              ARGS=\"tests/audio -k tone\""
	@echo "make fuzz    decode damaged sound files for minutes     FILES=100000"
	@echo "make check   lint, formatting, types, import contracts and known faults of packages"
	@echo "make format  format the code and fix what can be fixed"
	@echo "make lock    pin and hash all packages of the demo      ARGS=--upgrade"
	@echo "make bench   measure speed side by side with peers"
	@echo "make train   train the bundled models again             DATA=folder MODELS=digits-cnn"
	@echo "make clean   remove the virtual environment"

demo: $(DEMO_READY)
	$(RUN) app.py $(ARGS)

test: $(DEV_READY)
	$(RUN) -m pytest -n auto --dist loadfile $(ARGS)

fuzz: $(DEV_READY)
	FUZZ_FILES=$(FILES) $(RUN) -m pytest -q -s tests/audio/test_decode_fuzz_many.py $(ARGS)

check: $(DEV_READY)
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(RUN) .ci/audit.py

format: $(DEV_READY)
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

# For Linux, macOS and Windows, and every Python from 3.11 on.
lock: $(DEV_READY)
	$(RUN) -m uv pip compile requirements.txt --universal --python-version 3.11 --generate-hashes --no-annotate \
		--custom-compile-command "make lock" --output-file requirements.lock --quiet $(ARGS)

bench: $(BENCH_READY)
	$(RUN) -m benchmarks $(ARGS)

train: $(DEMO_READY)
	for model in $(MODELS); do $(RUN) -m audioclf train $$model --data $(DATA) $(ARGS) || exit 1; done

clean:
	rm -rf $(VENV)

CAN_BE_USED := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
ASK_VENV = $(RUN) -c '$(CAN_BE_USED)' || { echo "$(VENV) has a Python that audioclf cannot use: make clean" >&2; exit 1; }

# A stamp is written only after pip has succeeded, so that an interrupted installation is taken up again.
$(DEMO_READY): requirements.txt | $(RUN)
	@$(ASK_VENV)
	$(RUN) -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV_READY): requirements.txt requirements-dev.txt | $(RUN)
	@$(ASK_VENV)
	$(RUN) -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(DEMO_READY)

# A peer that does not install here is left out of the comparison, and its row says so.
$(BENCH_READY): benchmarks/requirements.txt $(DEV_READY)
	-$(RUN) -m pip install --disable-pip-version-check -r benchmarks/requirements.txt
	@touch $@

# A name on the PATH proves nothing (version managers put up stand-ins that fail): each candidate is asked.
$(RUN):
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python; do \
		if $$python -c '$(CAN_BE_USED)' 2>/dev/null; then \
			echo "making $(VENV) with $$($$python --version)"; \
			$$python -m venv --clear $(VENV) && exit 0; \
			rm -rf $(VENV); exit 1; \
		fi; \
	done; \
	echo "audioclf needs Python 3.11 or newer with its venv module, and none was found:" >&2; \
	echo "install one (Debian: apt-get install python3-venv) or name it: make demo PYTHON=/path/to/python3.13" >&2; \
	exit 1
