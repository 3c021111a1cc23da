#!/usr/bin/env bash
# Feature and smoke tests against a workspace of the commit that is checked out, on a server started for it.
set -euo pipefail
port=${SIGNALBOX_PORT_BASE:-8080}
sha=$(git rev-parse --short HEAD)
ticket=$(sed -E 's#^(feature|release)/([A-Za-z]+-[0-9]+|[0-9-]+(-[a-z])?).*#\2#' <<< "${BRANCH:-local}")
case ${BRANCH:-} in release/*) name=rel-$ticket-$sha ;; *) name=ci-$ticket-$sha ;; esac
name=$(tr '[:upper:]' '[:lower:]' <<< "$name")

node bin/signalbox.mjs start --logs files > /dev/null 2>&1 &
product=$!
trap 'kill -TERM "$product"; wait "$product" || true' EXIT
for _ in $(seq 1 300); do
  curl -fs "http://127.0.0.1:$port/health/readiness" > /dev/null && break
  kill -0 "$product"
  sleep 0.2
done

deployed=$(npm run --silent admin -- workspace deploy --name "$name" --environment dev --json)
key=$(node -p 'JSON.parse(process.argv[1]).apiKey' "$deployed")
url=http://127.0.0.1:$((port + 2))$(node -p 'JSON.parse(process.argv[1]).route' "$deployed")
npm run --silent test:smoke -- --base-url "$url" --apikey "$key"
npm run --silent test:feature -- --base-url "$url" --apikey "$key"
npm run --silent admin -- workspace destroy --name "$name" --environment dev
