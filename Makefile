# StackLab from a checkout. `make up` is all a new machine needs; `make test` says whether it is right.
SHELL := /bin/bash -o pipefail
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $(name))))

# A host runs real guests: root on Debian or Ubuntu, on the one architecture the guest image is built for.
HOST := $(shell test "$$(id -u)" = 0 -a -f /etc/debian_version -a "$$(uname -m)" = x86_64 && command -v apt-get)

# A stamp's name holds the hash of what it was made from, so a changed lock makes a new one and an old one is not trusted.
hash = $(shell cat $(1) 2>/dev/null | sha256sum | cut -c1-16)
RUNTIME_STAMP := $(VENV)/stamps/runtime-$(call hash,requirements.lock)
HOST_STAMP := $(VENV)/stamps/host-$(call hash,requirements-host.lock)
DEV_STAMP := $(VENV)/stamps/dev-$(call hash,requirements-dev.lock)
PROJECT_STAMP := $(VENV)/stamps/project-$(call hash,pyproject.toml)-$(notdir $(RUNTIME_STAMP))
TEMPEST_STAMP := .venv-tempest/stamps/tempest-$(call hash,requirements-tempest.lock)
KEYSTONE_STAMP := .venv-keystone/stamps/keystone-$(call hash,requirements-keystone.lock)
SWIFT_STAMP := .venv-swift/stamps/swift-$(call hash,requirements-swift.lock)
GLANCE_STAMP := .venv-glance/stamps/glance-$(call hash,requirements-glance.lock)

PIP_INSTALL := -m pip install -qq --disable-pip-version-check --no-deps
LOCKED := $(PIP_INSTALL) --require-hashes
UV_EXPORT = $(BIN)/uv export --quiet --frozen --no-emit-project --no-header --no-annotate

# apt-missing FILE: install the packages of a table that are not installed; nothing is asked of the network otherwise.
define apt-missing
	@missing=$$(sed 's/#.*//' $(1) | xargs -n1 | while read -r name; do \
		dpkg-query -W -f '$${db:Status-Status}' "$$name" 2>/dev/null | grep -qx installed || echo "$$name"; done); \
	if [ -n "$$missing" ]; then \
		echo "installing system packages:" $$missing; \
		export DEBIAN_FRONTEND=noninteractive $(2); \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends $$missing </dev/null >/dev/null; \
	fi
endef

# install-apart NAME: what a lock names, in a virtual environment of its own; leaves the stamp that was asked for.
define install-apart
	@test -x .venv-$(1)/bin/python || $(BIN)/python -m venv .venv-$(1)
	@echo "installing requirements-$(1).lock"
	@.venv-$(1)/bin/python $(LOCKED) -r requirements-$(1).lock
	@mkdir -p $(@D) && touch $@
endef

# install-peer NAME: the same for a real service that is measured beside ours. Runlevel 1: no service is started.
define install-peer
	$(call apt-missing,config/packages/bench.txt,RUNLEVEL=1)
	$(call install-apart,$(1))
endef

.PHONY: help up install system venv guest test test-tools lint regions bench tempest locks clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

up: install  ## install what is missing, then run StackLab in the foreground
	@exec $(BIN)/stacklab up $(ARGS)

install: system venv guest  ## system packages, .venv and guest image: everything but running it
	@$(BIN)/python -m compileall -q stacklab  # the first start need not

ifdef HOST
system:
	$(call apt-missing,config/packages/host.txt)

guest: venv
	@$(BIN)/python -m stacklab.host.guest >/dev/null

test-tools: install
	$(call apt-missing,config/packages/test.txt)
	@$(MAKE) $(DEV_STAMP)

venv: $(PROJECT_STAMP) $(HOST_STAMP)
PYTEST_SELECT :=
else
system:
	@echo "not root on Debian or Ubuntu: no system packages, no guest image; StackLab will simulate its hypervisor"

guest:

test-tools: install $(DEV_STAMP)

venv: $(PROJECT_STAMP)
PYTEST_SELECT := -m "not host and not browser"
endif

$(BIN)/python: | system
	@test -n "$(or $(PYTHON),$(HOST))" || { echo "StackLab needs Python 3.11 or newer"; exit 1; }
	@$(or $(PYTHON),python3) -m venv $(VENV)

$(RUNTIME_STAMP): | $(BIN)/python
	@echo "installing requirements.lock"
	@$(BIN)/python $(LOCKED) -r requirements.lock
	@mkdir -p $(@D) && touch $@

# Compiled here, with the setuptools of requirements.lock, against the libvirt of this machine.
$(HOST_STAMP): $(RUNTIME_STAMP)
	@echo "installing requirements-host.lock"
	@$(BIN)/python $(LOCKED) --no-build-isolation -r requirements-host.lock
	@mkdir -p $(@D) && touch $@

$(PROJECT_STAMP): $(RUNTIME_STAMP)
	@$(BIN)/python $(PIP_INSTALL) --no-build-isolation --no-index --editable .
	@mkdir -p $(@D) && touch $@

$(DEV_STAMP): $(PROJECT_STAMP)
	@echo "installing requirements-dev.lock"
	@$(BIN)/python $(LOCKED) -r requirements-dev.lock
	@mkdir -p $(@D) && touch $@

$(TEMPEST_STAMP): | $(BIN)/python
	$(call install-apart,tempest)

$(KEYSTONE_STAMP): | $(BIN)/python
	$(call install-peer,keystone)

$(SWIFT_STAMP): | $(BIN)/python
	$(call install-peer,swift)

$(GLANCE_STAMP): | $(BIN)/python
	$(call install-peer,glance)

lint: test-tools  ## style, types and import rules
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

test: lint  ## lint, then every test this machine can run; PYTEST="-k name" for some
	@$(if $(HOST),,echo "not root on Debian or Ubuntu: tests of real guests and browsers are left out";) \
	$(BIN)/python -m pytest $(PYTEST_SELECT) $(PYTEST)

regions: install  ## three regions on this machine, home and two that joined it, until Ctrl-C
	@exec $(BIN)/stacklab demo $(ARGS)

bench: test-tools $(if $(HOST),$(KEYSTONE_STAMP) $(SWIFT_STAMP) $(GLANCE_STAMP))  ## measure what DESIGN.md promises, beside a real Keystone, Swift and Glance
	@$(BIN)/python -m tests.bench $(ARGS)

tempest: test-tools $(TEMPEST_STAMP)  ## OpenStack's own suite against a node of its own; SERVICE=identity for one service
	@$(BIN)/python -m tests.tempest $(if $(SERVICE),--service $(SERVICE)) $(ARGS)

# Resolve again after pyproject.toml has changed. The locks hold hashes and no addresses.
locks: $(DEV_STAMP)  ## write the lock files anew
	@$(BIN)/uv lock --quiet
	@$(UV_EXPORT) --no-default-groups --group build -o requirements.lock >/dev/null
	@$(UV_EXPORT) --only-group host -o requirements-host.lock >/dev/null
	@$(UV_EXPORT) --only-group dev -o requirements-dev.lock >/dev/null
	@echo "tempest==47.0.0" | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate - -o requirements-tempest.lock >/dev/null
	@printf 'keystone==30.0.0\nuwsgi\npymysql\npymemcache\npython-memcached\nsetuptools<81\n' | $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate - -o requirements-keystone.lock >/dev/null
	@printf 'swift==2.38.3\nsetuptools<81\n' | $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate - -o requirements-swift.lock >/dev/null
	@printf 'glance==33.0.0\nuwsgi\npymysql\npython-memcached\nsetuptools<81\n' | $(BIN)/uv pip compile --quiet --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate - -o requirements-glance.lock >/dev/null

clean:  ## remove what was built here; the state of a node is not touched
	@rm -rf $(VENV) .venv-tempest .venv-keystone .venv-swift .venv-glance build *.egg-info
