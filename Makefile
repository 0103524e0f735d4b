# make demo: the program with its sample world.   make test: lint, types, tests.   make bench: ratios, side by side.
UV = 0.13.9
PYTHON ?= python3
BIN = .venv/bin
unexport PYTHONDONTWRITEBYTECODE  # the tests start the program some sixty times: compiled once, it starts twice as fast

.PHONY: demo test bench lint lock clean

.venv/ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/uv pip install --system-certs --quiet --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --system-certs --quiet --no-deps -e .
	touch $@

demo: .venv/ready
	@exec $(BIN)/materia demo

lint: .venv/ready
	$(BIN)/ruff check webapp tests migrations
	$(BIN)/mypy webapp

test: .venv/ready
	$(BIN)/python -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

bench: .venv/ready
	$(BIN)/python -m tests.benchmarks

lock: .venv/ready
	$(BIN)/uv pip compile --system-certs --quiet --universal --generate-hashes --no-header --no-emit-index-url --all-extras \
	  --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv var
