#!/usr/bin/env bash
# Writes the pages of the reference that the program itself prints.
# Usage: CORELITH=PROGRAM bash book/make_reference.sh [FOLDER]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${CORELITH:-$here/../target/release/corelith}
folder=${1:-$here/src/reference}
export COLUMNS=100 NO_COLOR=1

block() {
    printf '\n```%s\n' "$1"
    cat
    printf '```\n'
}

{
    printf '# Settings\n\n'
    printf 'The output of `corelith settings`: every setting of a project file that has a default, with what it\n'
    printf 'does and its range, or the words that it may be. Copy the lines that you want to change into the\n'
    printf 'project file.\n'
    "$program" settings | block toml
} >"$folder/settings.md"

help() {
    printf '\n## %s\n' "corelith $*"
    "$program" "$@" --help | block text
}

# Names of the commands that a help page lists; longer texts go on in lines that are indented more.
commands() {
    "$program" "$@" --help | awk '
        /^Commands:/ { on = 1; next }
        /^$/ { on = 0 }
        on && /^  [a-z]/ && $1 != "help" { print $1 }'
}

{
    printf '# Commands\n\n'
    printf 'The output of `--help` of the program and of each of its commands.\n'
    printf '\n## corelith\n'
    "$program" --help | block text
    for command in $(commands); do
        help "$command"
        for part in $(commands "$command"); do
            help "$command" "$part"
        done
    done
} >"$folder/commands.md"
