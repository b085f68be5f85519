#!/usr/bin/env bash
# Puts ctxfix on the PATH of the steps that follow: a release, whose checksum is
# verified, or a build of the Action's own source. Both need Go to run.
set -euo pipefail

fail() {
	echo "::error title=ctxfix::$1"
	exit 2
}

command -v go >/dev/null || fail "the go command is not there; use actions/setup-go first"
bin=$RUNNER_TEMP/ctxfix/bin
mkdir -p "$bin"

# download fetches file $1 of release $2.
download() {
	curl --fail --silent --show-error --location --retry 3 --output "$1" \
		"${CTXFIX_RELEASES:-https://github.com/ctxfix/ctxfix/releases/download}/v$2/$1" ||
		fail "$1 of release $2 could not be downloaded"
}

# verify compares file $1 with what checksums.txt says.
verify() {
	local sum check=(sha256sum)
	sum=$(grep -F "  $1" checksums.txt) || fail "checksums.txt does not name $1"
	command -v sha256sum >/dev/null || check=(shasum --algorithm 256)
	echo "$sum" | "${check[@]}" --check >/dev/null || fail "the checksum of $1 is wrong"
}

# release installs version $1.
release() {
	local os arch archive
	case $RUNNER_OS in
	Linux) os=linux ;;
	macOS) os=darwin ;;
	Windows) os=windows ;;
	esac
	case $RUNNER_ARCH in
	X64) arch=amd64 ;;
	ARM64) arch=arm64 ;;
	*) fail "there is no release for $RUNNER_ARCH; use version: source" ;;
	esac
	archive=ctxfix_$1_${os}_$arch.tar.gz
	[ "$os" != windows ] || archive=${archive%.tar.gz}.zip

	cd "$RUNNER_TEMP/ctxfix"
	download checksums.txt "$1"
	download "$archive" "$1"
	verify "$archive"
	case $archive in
	*.zip) unzip -q -o "$archive" ctxfix.exe -d "$bin" ;;
	*) tar -xzf "$archive" -C "$bin" ctxfix ;;
	esac
}

# source_build builds what the Action was checked out with, whatever the flags are that
# the workflow has set for its own code.
source_build() {
	cd "$ACTION_PATH"
	GOFLAGS='' GOWORK=off go build -trimpath -o "$bin/" ./cmd/ctxfix
}

version=${INPUT_VERSION#v}
if [ -z "$version" ] && [[ $ACTION_REF =~ ^v([0-9]+\.[0-9]+\.[0-9]+)$ ]]; then
	version=${BASH_REMATCH[1]}
fi
case $version in
'' | source) source_build ;;
*) release "$version" ;;
esac
echo "$bin" >>"$GITHUB_PATH"
