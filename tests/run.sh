#!/usr/bin/env bash
# Runs every test. Kernel tests need a Vulkan, Metal or DX12 adapter (software Vulkan will do), and
# the tests of the report page need Chromium; on Debian and Ubuntu both are installed here where
# they are missing. CORELITH_TEST_GPU=no leaves the kernel tests out, CORELITH_TEST_BROWSER=no
# those of the page. Arguments go to `cargo test`.
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

missing=()
if [ "$(uname)" = Linux ] && command -v apt-get >/dev/null; then
    [ "${CORELITH_TEST_GPU:-}" = no ] || has_vulkan_driver || missing+=(mesa-vulkan-drivers)
    has_browser || missing+=(chromium fonts-dejavu-core)
fi
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# Benches compile with `cargo bench`; with them the heavy dependencies would be built twice.
exec cargo test --release --workspace --exclude corelith-benches "$@"
