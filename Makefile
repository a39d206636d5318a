# make help lists the targets.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
PROJECT ?=
TASK ?=
UPGRADE ?=
# ALL=1 believes no ledger, COLD=1 gives each run of the prover a process of its own.
ALL ?=
COLD ?=
export PROOF_ALL := $(or $(ALL),$(PROOF_ALL))
export PROOF_COLD := $(or $(COLD),$(PROOF_COLD))
# For make bench: time the suite with so many projects, in these runs: nothing,change,all.
SCALE ?=
SCALE_RUNS ?=
# For make mutants: how many, modules of which name, and a seed to repeat.
N ?=
KIND ?=
SEED ?=
# For make canary: the newest Python that is found, unless one is named.
CANARY ?=
REMOTE ?= origin
SKELETON := {{cookiecutter.project_slug}}
SOURCES := conftest.py djangopath hooks tests tools $(wildcard specs/*/checks)
LEARNERS := "$(SKELETON)"/*.py "$(SKELETON)"/.path/*.py "$(SKELETON)"/acceptance/*.py

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/ready: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.PHONY: setup
setup: $(VENV)/ready  ## the environment that everything below runs in

.PHONY: system
system:  ## install what the suite needs of Debian's packages, where that is possible
	@sh tools/system.sh

.PHONY: demo
demo: setup  ## bake the blog, install it, load demo data, show a first check
	$(BIN)/python -m tools.demo

.PHONY: test
test: setup system lint  ## the suite: what is not proven yet, a sample of what is; ALL=1, PROJECT=
	# One more than processors: a test waits for servers, browsers and short processes.
	PROOF_PROJECT=$(PROJECT) $(BIN)/python -m pytest -n $$(($(JOBS) + 1)) --dist worksteal -q \
	  --ignore tests/containers

.PHONY: test-docker
test-docker: setup  ## build, start and attack the containers of every project, or of PROJECT
	$(BIN)/python -m pytest tests/containers -q -s $(if $(PROJECT),-k "$(PROJECT)-")

.PHONY: lint
lint: setup  ## format, lint and types of the template's own code
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check --config pyproject.toml $(LEARNERS) specs
	$(BIN)/ruff check --config pyproject.toml $(LEARNERS)
	# Finished code is checked with the shared files in their places. The order of imports
	# is judged in each cut, where the apps are known.
	$(BIN)/ruff check --config pyproject.toml --ignore I001 \
	  --extend-exclude 'specs/*/code,specs/shared/new-project/code' specs
	$(BIN)/python -m tools.lint_code
	$(BIN)/mypy
	# One by one: what is named alike in two projects cannot be judged in one run.
	@set -e; for file in $(wildcard specs/*/checks/bench.py); do $(BIN)/mypy $$file; done

.PHONY: format
format: setup  ## put the template's own code in shape
	$(BIN)/ruff format $(SOURCES) specs
	$(BIN)/ruff check --fix $(SOURCES)

.PHONY: new
new: setup  ## lay the folder of a new project, PROJECT, with all that an author must write
	@$(BIN)/python -m tools.new "$(PROJECT)"

.PHONY: questions
questions: setup  ## write the projects and their labels into cookiecutter.json
	$(BIN)/python -m tools.questions

.PHONY: syllabus
syllabus: setup  ## write SYLLABUS.md, the tasks' pages and the picture of topics
	$(BIN)/python -m tools.syllabus

.PHONY: lock
lock: setup  ## pin the packages of every project; UPGRADE=1 takes the newest
	$(BIN)/python -m tools.lock $(if $(UPGRADE),--upgrade)

.PHONY: proof
proof: setup  ## prove the tasks of every project, of PROJECT, or one TASK of it
	@$(BIN)/python -m tools.prove proof $(PROJECT) $(TASK) --jobs $(JOBS)

.PHONY: trials
trials: setup  ## try the wrong and the other solutions of PROJECT, or of one TASK of it
	@$(BIN)/python -m tools.prove trials $(PROJECT) $(TASK) --jobs $(JOBS)

.PHONY: mutants
mutants: setup  ## change the finished code in N places of PROJECT; do the tests notice?
	@$(BIN)/python -m tools.mutants $(PROJECT) --number "$(or $(N),60)" \
	  --kind "$(KIND)" --seed "$(SEED)" --jobs $(JOBS)

.PHONY: canary
canary: setup  ## the proof on the newest Python found, with the newest packages
	@$(BIN)/python -m tools.prove proof $(PROJECT) $(TASK) --jobs $(JOBS) \
	  --python "$(or $(CANARY),$(shell sh tools/newest_python.sh))" --newest

.PHONY: tryout
tryout: setup  ## bake, install and check every project, or PROJECT, and do its first two tasks
	@$(BIN)/python -m tools.tryout $(PROJECT)

.PHONY: folders
folders: setup  ## write every project's first and finished cut into folders/, to browse
	@$(BIN)/python -m tools.folders

.PHONY: publish
publish: setup  ## put those folders on the branch `projects` of the Git remote REMOTE
	@$(BIN)/python -m tools.folders --publish "$(REMOTE)"

.PHONY: audit
audit: setup  ## vulnerabilities, hashes, actions, licences, upkeep, bandit, headers, cookies
	@$(BIN)/python -m tools.audit

.PHONY: topics
topics: setup  ## prove the tracks' order, print where each topic is taught
	@$(BIN)/python -m tools.topics

.PHONY: claims
claims: setup  ## is what the pages say of other software still true? After make lock UPGRADE=1
	@$(BIN)/python -m tools.claims

.PHONY: bench
bench: setup  ## ratios of medians, measured side by side; SCALE=19: the suite with so many projects
	@$(if $(SCALE),SCALE="$(SCALE)" SCALE_RUNS="$(SCALE_RUNS)" JOBS="$(JOBS)" \
	  $(BIN)/python -m tools.bench_scale,$(BIN)/python -m tools.bench)

.PHONY: picture
picture: setup  ## draw the README's picture from a real run of path.py
	$(BIN)/python -m tools.picture
