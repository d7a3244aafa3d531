#!/usr/bin/env bash
# The inner half of compose_test.sh: alone in its namespaces. usage: compose_inside.sh SOURCES BUILD BASE_TAR WORK
set -euo pipefail
root=$1 build=$2 base=$3 work=$4
url=http://127.0.0.1:8080
export DOCKER_HOST="unix://$work/docker.sock" COMPOSE_PROJECT_NAME=proof

fail() {
  echo "failed: $*" >&2
  [ -s "$work/override.yml" ] && compose logs --no-color 2>&1 | tail -n 40 >&2 || true
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
  docker build --target runtime -t trawl-runtime -f "$root/deploy/Dockerfile" "$root" >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log" >&2; fail "the runtime stage does not build"; }
  mkdir "$work/image"
  cp "$build/trawl" "$build/trawl-test-site" "$work/image/"
  printf 'FROM trawl-runtime\nCOPY trawl trawl-test-site /usr/local/bin/\n' >"$work/image/Dockerfile"
  docker build -t trawl "$work/image" >"$work/build.log" 2>&1 || { tail -n 20 "$work/build.log" >&2; fail "the image does not build"; }
}

# A site to crawl, on the service's own loopback, another of large pages on this side of the bridge, and the operator's leave to reach them.
write_override() {
  sed '$a egress: {allow: ["127.0.0.1/32:8099", "10.99.0.1/32:8098"]}' "$root/deploy/server.yaml" >"$work/server.yaml"
  cp -r "$root/deploy" "$work/deploy" # what the compose file mounts
  cat >"$work/override.yml" <<YAML
networks: {default: {ipam: {config: [{subnet: 10.99.0.0/24, gateway: 10.99.0.1}]}}}
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
start() { # start WHAT: as the file says, and with what the environment adds
  compose up -d --no-build 2>"$work/up.log" || { cat "$work/up.log" >&2; fail "$1: it does not start"; }
  container=$(compose ps -q trawl)
  wait_until 60 "$1: it becomes healthy" healthy
}
submit() { # submit JOB: its id
  curl -s -m 5 -H "$authorization" -H 'Content-Type: application/json' "$url/api/v1/jobs" -d "$1" | field id
}
records() { curl -s -m 30 -H "$authorization" "$url/api/v1/jobs/$1/results"; }

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
  token=$(compose exec -T trawl trawl token --config /etc/trawl/server.yaml | tr -d '\r\n')
  authorization="Authorization: Bearer $token"
  [ "$(status_of -H "$authorization" "$url/api/v1/jobs")" = 200 ] || fail "its token does not open it"
  job=$(submit '{"name": "proof", "seeds": ["http://127.0.0.1:8099/"], "scope": {"max_pages": 100}, "politeness": {"delay": "0s"}}')
  [ -n "$job" ] || fail "the job was not taken"
  wait_until 60 "the job ends" ended
  [ "$state" = completed ] || fail "the job ended as $state"
  local lines
  lines=$(curl -s -m 10 -H "$authorization" "$url/api/v1/jobs/$job/results?limit=1000" | grep -c '"status":[2-5]' || true)
  [ "$lines" -eq 100 ] || fail "$lines records with a status instead of 100"
}

# The token and the records of before, from another container of the same volume.
check_restart() {
  records "$job" | sha256sum >"$work/before"
  compose stop trawl site 2>/dev/null
  compose rm -f trawl site >/dev/null 2>&1
  start "after a restart"
  ended || fail "the job is $state after a restart"
  records "$job" | sha256sum | cmp -s - "$work/before" || fail "a restart changed the job's records"
}

# Four times more at once than the limit holds: fetching waits, and nothing is killed.
check_memory_limit() {
  export TRAWL_MEMORY=256m
  start "with little memory"
  [ "$(docker inspect -f '{{.HostConfig.Memory}}' "$container")" = 268435456 ] || fail "the limit does not reach the engine"
  python3 "$root/tests/deploy/large_pages.py" 10.99.0.1 8098 &
  local site=$!
  wait_until 20 "the site of large pages answers" curl -s -o /dev/null http://10.99.0.1:8098/robots.txt
  job=$(submit '{"name": "large", "seeds": ["http://10.99.0.1:8098/{1..64}"], "scope": {"max_depth": 0}, "fetch": {"concurrency": 64},
    "politeness": {"delay": "0s", "per_host": 64}}')
  [ -n "$job" ] || fail "the job of large pages was not taken"
  wait_until 180 "the job of large pages ends" ended
  kill "$site"
  local pages
  records "$job" >"$work/large"
  pages=$(grep -c '"status":200' "$work/large" || true)
  [ "$pages" -eq 64 ] || fail "the job of large pages has $pages pages instead of 64: $(head -c 1000 "$work/large")"
  [ "$(docker inspect -f '{{.State.OOMKilled}} {{.RestartCount}}' "$container")" = "false 0" ] || fail "the engine killed it"
  resident=$(compose exec -T trawl grep VmHWM /proc/1/status | tr -dc 0-9)
  [ "$resident" -lt 262144 ] || fail "it was resident with $resident KiB"
}

# Prometheus and Grafana can't be pulled in here: what the profile would start is looked at.
check_monitoring() {
  local services
  services=$(compose --profile monitoring config --services | sort | paste -sd' ')
  [ "$services" = "grafana prometheus site trawl" ] || fail "the profile has $services"
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
start "with no environment"
check_confinement
check_job
check_restart
check_memory_limit
check_monitoring
check_stop
compose down -v 2>/dev/null
echo "docker-compose.yml: started, healthy, confined, took a job of 100 pages with its token, kept it through a restart," \
  "fetched 64 pages of 16 MiB in 256 MiB (at most $resident KiB resident), stopped"
