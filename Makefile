# Every command a person needs. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
ENV ?= local
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

$(VENV)/.installed: requirements/dev.txt
	@echo "  … creating $(VENV) (a minute or two, once)"
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

node_modules/.installed: package-lock.json
	@echo "  … installing the npm packages"
	@npm ci --silent --ignore-scripts
	@touch $@

install: $(VENV)/.installed node_modules/.installed ## Install everything, pinned

up: install ## Bring the whole stack up on this machine
	@$(RUN) -m infra.local up

down: install ## Stop it and keep the data
	@$(RUN) -m infra.local down

reset: install ## Stop it and delete the data
	@$(RUN) -m infra.local reset

status: install ## What runs where
	@$(RUN) -m infra.local status

logs: install ## Follow the functions' logs
	@$(RUN) -m infra.local logs

watch: install ## Redeploy what changes as files are saved
	@$(RUN) -m infra.local watch

redrive: install ## Bring dead letters back to their queues [QUEUE=name] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local redrive $(QUEUE)

invoke: install ## Invoke a function: FUNCTION=auth-api EVENT=events/lambda/x.json [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local invoke $(FUNCTION) $(EVENT)

test: install ## All tests, on a stack they start themselves
	@$(RUN) -m pytest

lint: install ## ruff, mypy, import-linter, generated files
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@PYTHONPATH=functions:layers/shared/python $(VENV)/bin/lint-imports
	@$(RUN) -m infra.openapi --check
	@$(RUN) -m infra.event_schemas --check

format: install ## Format the code
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

bench: install ## Cold imports and counted AWS calls
	@$(RUN) -m tests.bench

generate: install ## Write docs/openapi.json and the event schemas
	@$(RUN) -m infra.openapi
	@$(RUN) -m infra.event_schemas

openapi: generate

synth: install ## Synthesize the stacks of ENV into cdk.out
	@ENV=$(ENV) $(RUN) -m infra.app

bundle: install ## Build the zips' folders for AWS (python3.13, arm64)
	@$(RUN) -m infra.bundling

deploy: install ## Deploy to AWS: ENV=dev [STACK=auth]
	@test "$(ENV)" != local || { echo "Name an environment: make deploy ENV=dev (for this machine: make up)"; exit 2; }
	@ENV=$(ENV) npx cdk deploy --app "$(RUN) -m infra.app" $(if $(STACK),--exclusively $(STACK),--all)

deploy-localstack: install ## Deploy to LocalStack (localstack-compose.yml)
	@$(RUN) -m infra.localstack

configure: install ## Put .env into Secrets Manager: ENV=dev [FILE=.env]
	@ENV=$(ENV) $(RUN) -m infra.configure $(FILE)

vapid-keys: install ## Print a fresh VAPID key pair for .env
	@$(RUN) -m infra.vapid_keys

lock: install ## Resolve requirements/ anew
	@$(RUN) -m infra.lock

.PHONY: help install up down reset status logs watch redrive invoke test lint format bench generate \
	openapi synth bundle deploy deploy-localstack configure vapid-keys lock
