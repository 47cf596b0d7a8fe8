# Each target is one line that calls `clientele <verb>` or a tool; a virtual environment is set up first where it is needed.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: nightly ui test check lint figures figures-table status clean

nightly: .venv/ready
	@$(BIN)/clientele nightly --sample

ui: .venv/ready
	@$(BIN)/clientele ui

PYTEST := $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test: lint
	@$(PYTEST) -m "not figures" --durations=10

check: lint
	@$(PYTEST) -q -m fast

lint: .venv/dev .venv/sql-linted
	@$(BIN)/python -m orchestration.warehouse.feeds
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

# sqlfluff takes a minute for all models: it reads those that changed since they last passed, and all of them when its settings did.
.venv/sql-linted: pyproject.toml dbt_project/sqlfluff_macros/__init__.py $(shell find dbt_project/models dbt_project/tests -name '*.sql') | .venv/dev
	@$(BIN)/sqlfluff lint -q --processes 2 $(if $(filter pyproject.toml dbt_project/sqlfluff_macros/%,$?),dbt_project/models dbt_project/tests,$?) && touch $@

figures: .venv/dev
	@$(BIN)/clientele figures $(TOPIC)

figures-table: .venv/ready
	@$(BIN)/clientele figures --table

status: .venv/ready
	@$(BIN)/clientele status

clean:
	@rm -rf var .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis && find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What a night needs; the tools of tests and lint come with `make test`, `check`, `lint` and `figures`. Python compiles what a night imports when
# it first does. The locks have a hash for every file, uv's own too; the project itself is linked in place. They are made anew, with what they name kept, by
# .venv/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-annotate --no-header --extra setup -o requirements.lock
# and the same with --extra dev -c requirements.lock -o requirements-dev.lock. uv itself stands alone in its lock, since pip installs it; another version:
# echo uv==<version> | .venv/bin/uv pip compile - --universal --generate-hashes --no-annotate --no-header -o requirements-uv.lock
.venv/ready: requirements.lock requirements-uv.lock pyproject.toml
	@echo "setting up .venv" && $(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . && touch $@

.venv/dev: requirements-dev.lock .venv/ready
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock && touch $@
