# make help lists the targets.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PROJECT ?=
TASK ?=

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/ready: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.PHONY: setup
setup: $(VENV)/ready  ## the environment that everything below runs in

.PHONY: questions
questions: setup  ## write the projects and their labels into cookiecutter.json
	$(BIN)/python -m tools.questions

.PHONY: lock
lock: setup  ## pin the packages of every project
	$(BIN)/python -m tools.lock

.PHONY: proof
proof: setup  ## prove the tasks of PROJECT, or one TASK of it
	$(BIN)/python -m tools.prove proof $(PROJECT) $(TASK)

.PHONY: trials
trials: setup  ## try the wrong and the other solutions of PROJECT, or of one TASK of it
	$(BIN)/python -m tools.prove trials $(PROJECT) $(TASK)
