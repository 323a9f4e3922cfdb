#!/usr/bin/env bash
# Runs every test, and the tutorial of the Python package. Kernel tests need a Vulkan, Metal or DX12
# adapter (software Vulkan will do), the tests of the report page need Chromium, the one that counts
# instructions Valgrind, the tutorial Python 3.10 or newer; on Debian and Ubuntu these are installed
# here where they are missing. CORELITH_TEST_GPU=no leaves the kernel tests out, CORELITH_TEST_BROWSER=no
# those of the page, CORELITH_TEST_VALGRIND=no the counts, CORELITH_TEST_PYTHON=no the tutorial. Arguments
# go to `cargo test`, which is all that runs then.
set -euo pipefail
cd "$(dirname "$0")/.."

has_vulkan_driver() {
    compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null ||
        compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null ||
        [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]
}

has_browser() {
    [ -n "${CORELITH_TEST_BROWSER:-}" ] || command -v chromium >/dev/null ||
        command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

has_valgrind() {
    [ "$(uname -m)" != x86_64 ] || [ "${CORELITH_TEST_VALGRIND:-}" = no ] || command -v valgrind >/dev/null
}

has_python() {
    [ "${CORELITH_TEST_PYTHON:-}" = no ] ||
        python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

missing=()
if [ "$(uname)" = Linux ] && command -v apt-get >/dev/null; then
    [ "${CORELITH_TEST_GPU:-}" = no ] || has_vulkan_driver || missing+=(mesa-vulkan-drivers)
    has_browser || missing+=(chromium fonts-dejavu-core)
    has_valgrind || missing+=(valgrind)
    has_python || missing+=(python3 python3-venv)
fi
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Benches compile with `cargo bench`; with them the heavy dependencies would be built twice.
cargo test --release --workspace --exclude corelith-benches "$@"

if [ $# = 0 ] && [ "${CORELITH_TEST_PYTHON:-}" != no ]; then
    bash python/test.sh --tutorial
fi
