#!/usr/bin/env bash
# Opens or looks after the pull requests of one shard of a list of repositories:
#
#   SHARD=0 SHARDS=8 shard.sh repositories.txt
#
# The list has one OWNER/NAME a line; empty lines and those that begin with # do not
# count. Repository number N belongs to shard N modulo SHARDS. GITHUB_TOKEN must be
# able to push to them and to open pull requests. It never stands in an argument or
# a URL.
#
# The exit status is 0 if all went well or needs a person (ctxfix pr says 42), 75 if
# some are worth another try, and 1 if some failed.
set -euo pipefail

list=$1
server=${GITHUB_SERVER_URL:-https://github.com}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

git() {
	command git -c credential.helper='!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f' "$@"
}

retry=0 failed=0 number=0
while IFS= read -r repository; do
	case $repository in '' | '#'*) continue ;; esac
	shard=$((number % SHARDS))
	number=$((number + 1))
	[ "$shard" -eq "$SHARD" ] || continue

	echo "== $repository"
	status=0
	git clone --quiet --depth 1 "$server/$repository.git" "$work/clone" </dev/null || status=75
	if [ "$status" -eq 0 ]; then
		ctxfix pr -C "$work/clone" ./... </dev/null || status=$?
	fi
	rm -rf "$work/clone"
	case $status in
	0) ;;
	42) echo "$repository: left to a person" ;;
	75) echo "$repository: try again" && retry=1 ;;
	*) echo "$repository: failed with status $status" && failed=1 ;;
	esac
done <"$list"

[ "$failed" -eq 0 ] || exit 1
[ "$retry" -eq 0 ] || exit 75
