#!/usr/bin/env bash
# Tests the workflow on small phantoms: a campaign that is killed and goes on, models that do not
# suit, and what Slurm would be asked for. CORELITH names the program, by default that of
# `cargo build --release`; PYTHON the Python (3.11 or newer). Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")"

program=$(realpath "${CORELITH:-../target/release/corelith}")
if [ ! -x "$program" ]; then
    echo "error: no program at $program" >&2
    echo "help: build it with \`cargo build --release\`, or name another: CORELITH=PATH bash workflow/test.sh" >&2
    exit 2
fi

environment=../target/workflow
if [ ! -x "$environment/bin/python" ]; then
    "${PYTHON:-python3}" -m venv "$environment"
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt

export CORELITH="$program"
exec "$environment/bin/python" -m pytest -p no:cacheprovider tests "$@"
