#!/bin/sh
# scripts/dev/options_page.sh build/crescent >docs/options.md: every option there is, as the program tells them.
# tests/smoke/docs.sh holds the page against the program.
cat <<'PAGE'
# All options

Made from the program by `scripts/dev/options_page.sh`; a test keeps it up to date. A name that is not here is an error
with the nearest one that is.

## What a script can set: `crescent run --help-options`

PAGE
echo '```text'
"$1" run --help-options
echo '```'
cat <<'PAGE'

## Options of the bundled plugins: `crescent plugins list`

They stand in the same table as the plugin's name: `run:sampler { "variance_aware", lambda = 0.5 }`.

PAGE
echo '```text'
"$1" plugins list | grep -v '^  /' # without the place on this machine
echo '```'
