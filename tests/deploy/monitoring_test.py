#!/usr/bin/env python3
"""What Prometheus and Grafana are given fits the service: every metric of the dashboard and of the alerts is one that /metrics has, the
dashboard's panels are whole and lie beside each other, the files that docker-compose.yml mounts are there; and what is installed of
promtool and docker-compose takes its files. usage: monitoring_test.py TRAWL SOURCES"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

import yaml

FUNCTIONS = {"sum", "by", "rate", "label_values", "job", "instance"}
PANEL_KEYS = {"id", "title", "type", "datasource", "gridPos", "targets", "fieldConfig", "options"}
WIDTH = 24  # of Grafana's grid


def exposed(trawl, folder):
    """Names of the metrics that a service with nothing to do shows; families without a sample count by their TYPE line."""
    command = [trawl, "serve", "--set", "listen=127.0.0.1:0", "--set", f"data={folder}/data", "--set", "log.level=error"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as service:
        try:
            address = next(line.split()[-1] for line in service.stderr if "serving on" in line)
            with urllib.request.urlopen(address + "/metrics", timeout=10) as answer:
                text = answer.read().decode()
        finally:
            service.terminate()
    return {match[1]: match[2] for match in re.finditer(r"^# TYPE (\S+) (\S+)$", text, re.M)}


def names_in(expression):
    bare = re.sub(r'\{[^}]*\}|\[[^\]]*\]|"[^"]*"|by \([^)]*\)', " ", expression)
    return set(re.findall(r"[a-z_][a-z_0-9]*", bare)) - FUNCTIONS


def wrong_names(where, expression, metrics):
    for name in names_in(expression) - {"up"}:
        family = re.sub(r"_(bucket|sum|count)$", "", name)
        if name not in metrics and metrics.get(family) != "histogram":
            yield f"{where}: the service has no metric {name}"
    for name in re.findall(r"rate\(([a-z_0-9]+)", expression):
        if metrics.get(name) == "gauge":
            yield f"{where}: rate() of the gauge {name}"


def wrong_panels(board):
    taken, ids = set(), set()
    for panel in board["panels"]:
        where = f"panel '{panel.get('title')}'"
        if missing := PANEL_KEYS - panel.keys():
            yield f"{where} lacks {sorted(missing)}"
            continue
        if panel["id"] in ids:
            yield f"{where}: its id is another's too"
        ids.add(panel["id"])
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if at["x"] + at["w"] > WIDTH or cells & taken:
            yield f"{where} lies over another or beyond the grid"
        taken |= cells
        if panel["datasource"]["uid"] != "prometheus" or any(t["datasource"]["uid"] != "prometheus" for t in panel["targets"]):
            yield f"{where}: its data source is not the provisioned one"


def wrong_mounts(compose, sources):
    for name, service in compose["services"].items():
        if not all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])):
            yield f"{name} is published beyond this machine"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and not (sources / source).exists():
                yield f"{name} mounts {source}, which is not there"


def refused(*command):
    if shutil.which(command[0]) is None:
        return
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        yield f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}"


def main():
    trawl, sources = sys.argv[1], pathlib.Path(sys.argv[2])
    here = sources / "deploy/monitoring"
    with tempfile.TemporaryDirectory() as folder:
        metrics = exposed(trawl, folder)
    board = json.loads((here / "grafana/dashboards/trawl.json").read_text())
    rules = [rule for group in yaml.safe_load((here / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
    source = yaml.safe_load((here / "grafana/provisioning/datasources/trawl.yml").read_text())["datasources"][0]
    wrong = [] if source["uid"] == "prometheus" else ["the data source has another uid"]
    wrong += wrong_panels(board)
    wrong += wrong_mounts(yaml.safe_load((sources / "docker-compose.yml").read_text()), sources)
    for panel in board["panels"]:
        for target in panel["targets"]:
            wrong += wrong_names(f"panel '{panel['title']}'", target["expr"], metrics)
    for rule in rules:
        wrong += wrong_names(f"alert {rule['alert']}", rule["expr"], metrics)
    wrong += refused("promtool", "check", "config", "--syntax-only", here / "prometheus.yml")
    wrong += refused("promtool", "check", "rules", here / "alerts.yml")
    wrong += refused("docker-compose", "--profile", "monitoring", "-f", sources / "docker-compose.yml", "config", "-q")
    print("\n".join(wrong) or f"{len(board['panels'])} panels and {len(rules)} alerts of {len(metrics)} metrics")
    return 1 if wrong else 0


sys.exit(main())
