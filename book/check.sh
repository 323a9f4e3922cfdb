#!/usr/bin/env bash
# Checks the book and the documents that it points to; see check.py.
# Usage: [CORELITH=PROGRAM] bash book/check.sh
set -euo pipefail
exec python3 "$(dirname "$0")/check.py"
