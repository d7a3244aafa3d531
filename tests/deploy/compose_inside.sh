#!/usr/bin/env bash
# The inner half of compose_test.sh: alone in its namespaces. usage: compose_inside.sh SOURCES BUILD BASE_TAR WORK
set -euo pipefail
root=$1 build=$2 base=$3 work=$4
url=http://127.0.0.1:8080
export DOCKER_HOST="unix://$work/docker.sock" COMPOSE_PROJECT_NAME=proof

fail() {
  echo "failed: $*" >&2
  compose logs --no-color 2>&1 | tail -n 40 >&2 || true
  grep level=error "$work/dockerd.log" | tail -n 5 >&2 || true
  exit 1
}
compose() { docker-compose --project-directory "$work" -f "$root/docker-compose.yml" -f "$work/override.yml" "$@"; }
status_of() { curl -s -o /dev/null -m 5 -w '%{http_code}' "$@" || true; }
field() { python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$1"; }
wait_until() { # wait_until SECONDS WHAT COMMAND …
  local seconds=$1 what=$2
  shift 2
  for _ in $(seq $((seconds * 4))); do "$@" && return; sleep 0.25; done
  fail "not within $seconds s: $what"
}

start_engine() {
  ip link set lo up
  local storage
  for storage in overlay2 vfs; do
    dockerd --iptables=false --ip6tables=false --storage-driver "$storage" --data-root "$work/engine" --exec-root "$work/exec" \
      -H "$DOCKER_HOST" --pidfile "$work/dockerd.pid" >"$work/dockerd.log" 2>&1 &
    local engine=$!
    for _ in $(seq 80); do
      docker version >/dev/null 2>&1 && return
      kill -0 "$engine" 2>/dev/null || break
      sleep 0.25
    done
    kill "$engine" 2>/dev/null || true
    wait "$engine" || true
  done
  echo "skipped: no engine starts here: $(tail -n 1 "$work/dockerd.log")"
  exit 77
}

# The image as deploy/Dockerfile makes it, with the binary that is built already instead of the build stage.
build_image() {
  docker import "$base" debian:12-slim >/dev/null
  docker build -q --target runtime -t trawl-runtime -f "$root/deploy/Dockerfile" "$root" >/dev/null 2>"$work/build.log" || fail "the runtime stage does not build"
  mkdir "$work/image"
  cp "$build/trawl" "$build/trawl-test-site" "$work/image/"
  printf 'FROM trawl-runtime\nCOPY trawl trawl-test-site /usr/local/bin/\n' >"$work/image/Dockerfile"
  docker build -q -t trawl "$work/image" >/dev/null 2>"$work/build.log" || fail "the image does not build"
}

# A site to crawl, on the service's own loopback, and the operator's leave to reach it.
write_override() {
  sed '$a egress: {allow: ["127.0.0.1/32:8099"]}' "$root/deploy/server.yaml" >"$work/server.yaml"
  cat >"$work/override.yml" <<YAML
services:
  trawl:
    volumes: ["$work/server.yaml:/etc/trawl/server.yaml:ro"]
  site:
    image: trawl
    entrypoint: ["trawl-test-site", "--port", "8099"]
    network_mode: "service:trawl"
    healthcheck: {disable: true}
YAML
}

healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$container")" = healthy ]; }
ended() { state=$(curl -s -m 5 -H "$authorization" "$url/api/v1/jobs/$job" | field state); [ "$state" != queued ] && [ "$state" != running ]; }

check_confinement() {
  [ "$(docker inspect -f '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Memory}}' "$container")" = "true [ALL] 2147483648" ] || fail "the container is not confined"
  [ "$(compose exec -T trawl id -u)" = 10001 ] || fail "it does not run as its own user"
  ! compose exec -T trawl touch /etc/x 2>/dev/null || fail "its root can be written"
  [ "$(docker port "$container" 8080/tcp)" = 127.0.0.1:8080 ] || fail "it is published beyond this machine"
}

check_job() {
  [ "$(status_of "$url/healthz")" = 200 ] || fail "/healthz over the published port"
  [ "$(status_of "$url/api/v1/jobs")" = 401 ] || fail "it answers without its token"
  local token
  token=$(compose exec -T trawl cat /data/token | tr -d '\r\n')
  authorization="Authorization: Bearer $token"
  [ "$(status_of -H "$authorization" "$url/api/v1/jobs")" = 200 ] || fail "its token does not open it"
  job=$(curl -s -m 5 -H "$authorization" -H 'Content-Type: application/json' "$url/api/v1/jobs" \
    -d '{"name": "proof", "seeds": ["http://127.0.0.1:8099/"], "scope": {"max_pages": 100}, "politeness": {"delay": "0s"}}' | field id)
  [ -n "$job" ] || fail "the job was not taken"
  wait_until 60 "the job ends" ended
  [ "$state" = completed ] || fail "the job ended as $state"
  local lines
  lines=$(curl -s -m 10 -H "$authorization" "$url/api/v1/jobs/$job/results?limit=1000" | grep -c '"status":[2-5]' || true)
  [ "$lines" -eq 100 ] || fail "$lines records with a status instead of 100"
}

check_stop() {
  local before after
  before=$(date +%s)
  compose stop trawl 2>/dev/null
  after=$(date +%s)
  [ $((after - before)) -lt 15 ] || fail "it took $((after - before)) s to stop"
  [ "$(docker inspect -f '{{.State.ExitCode}}' "$container")" = 0 ] || fail "it left with $(docker inspect -f '{{.State.ExitCode}}' "$container")"
}

start_engine
build_image
write_override
compose up -d --no-build 2>"$work/up.log" || { cat "$work/up.log" >&2; fail "it does not start"; }
container=$(compose ps -q trawl)
wait_until 60 "it becomes healthy" healthy
check_confinement
check_job
check_stop
compose down -v 2>/dev/null
echo "docker-compose.yml: started, healthy, confined, took a job of 100 pages with its token, stopped"
