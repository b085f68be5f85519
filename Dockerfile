# The image of a release: goreleaser puts the binaries beside this file, in a
# folder for each platform.
FROM golang:1.26-bookworm
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/ctxfix /usr/local/bin/ctxfix
# Repositories are mounted, and belong to somebody else.
RUN git config --system --add safe.directory '*'
WORKDIR /work
ENTRYPOINT ["ctxfix"]
