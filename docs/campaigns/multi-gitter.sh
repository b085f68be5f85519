#!/usr/bin/env bash
# Repairs one repository for multi-gitter, which runs it in a fresh clone:
#
#   multi-gitter run "$PWD/multi-gitter.sh" -O my-org -B ctxfix -m "Let cancels and deadlines arrive"
#
# Its contract: the script leaves its changes in the working tree, and says by its
# exit status whether they are any good. No change, no pull request. multi-gitter
# commits and opens the pull requests; so this is ctxfix -w, not ctxfix pr.
set -euo pipefail

if [ -z "$(git ls-files -- go.mod '*/go.mod')" ]; then
	echo "${REPOSITORY:-this repository} has no Go module"
	exit 0
fi

# Each module is repaired from its own folder, as the go command works in one. A
# workspace has them all at once.
modules=$(git ls-files -- go.work)
if [ -z "$modules" ]; then
	modules=$(git ls-files -- go.mod '*/go.mod' | grep -Ev '(^|/)(vendor|testdata)/' || true)
fi

printf '%s\n' "$modules" | while IFS= read -r module; do
	[ -z "$module" ] || ctxfix -C "$(dirname "$module")" -w ./...
done
