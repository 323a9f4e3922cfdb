#!/usr/bin/env bash
# Runs every test. Kernel tests need a Vulkan, Metal or DX12 adapter; software Vulkan will do and
# is installed here on Debian and Ubuntu when no Vulkan driver is there. CORELITH_TEST_GPU=no
# leaves the kernel tests out. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."

has_vulkan_driver() {
    compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null ||
        compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null ||
        [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ]
}

if [ "$(uname)" = Linux ] && [ "${CORELITH_TEST_GPU:-}" != no ] && ! has_vulkan_driver &&
    command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq mesa-vulkan-drivers >/dev/null
fi

# Benches compile with `cargo bench`; with them the heavy dependencies would be built twice.
exec cargo test --release --workspace --exclude corelith-benches "$@"
