#!/usr/bin/env bash
# Builds the Python package as a wheel, installs it into a virtual environment and tests it there:
# against other libraries, end to end on a phantom, the examples of the documentation and of the
# README, and the tutorial. `--tutorial` runs the tutorial alone, which needs few other packages.
# The wheel is compiled beside the program, in `target`, of the same crates. PYTHON says which Python
# (3.10 or newer) is used. Other arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")"

requirements=tests/requirements.txt
if [ "${1:-}" = --tutorial ]; then
    shift
    requirements=tests/requirements-tutorial.txt
    set -- tests/test_tutorial.py "$@"
fi

environment=../target/python
if [ ! -x "$environment/bin/python" ]; then
    "${PYTHON:-python3}" -m venv "$environment"
fi
python="$environment/bin/python"
"$python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"

rm -rf "$environment/wheels"
"$environment/bin/maturin" build --release --quiet --out "$environment/wheels"
"$python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps \
    "$environment"/wheels/corelith-*.whl

exec "$python" -m pytest "$@"
