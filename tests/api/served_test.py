#!/usr/bin/env python3
"""What `trawl serve` says of itself, judged by tools that are not ours.

usage: served_test.py TRAWL document|metrics

document: /openapi.json is valid OpenAPI 3.1 by openapi-spec-validator, and its examples fit their schemas.
metrics:  /metrics passes `promtool check metrics`.
Exits 77 where the tool is not there.
"""
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request


class service:
    """`trawl serve` on a free port, with a directory of its own."""

    def __init__(self, trawl):
        self.data = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen([trawl, "serve", "--set", "listen=127.0.0.1:0", "--set", f"data={self.data.name}/data"], stderr=subprocess.PIPE, text=True)
        self.address = next((word for line in self.process.stderr for word in line.split() if word.startswith("http://")), None)
        if self.address is None:
            raise SystemExit("trawl serve did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=20)
        self.data.cleanup()

    def get(self, path):
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return answer.read()


def check_examples(document):
    """Each schema's own examples fit it."""
    import jsonschema

    count = 0
    for name, schema in document["components"]["schemas"].items():
        rooted = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        for example in schema.get("examples", []):
            jsonschema.Draft202012Validator(rooted).validate(example)
            count += 1
    return count


def check_document(trawl):
    try:
        from openapi_spec_validator import OpenAPIV31SpecValidator
    except ImportError:
        print("openapi-spec-validator is not installed; deploy/test_tools.sh does it")
        return 77
    with service(trawl) as running:
        document = json.loads(running.get("/openapi.json"))
    OpenAPIV31SpecValidator(document).validate()
    examples = check_examples(document)
    print(f"valid: {sum(map(len, document['paths'].values()))} calls, {examples} examples")
    return 0 if examples > 3 else 1


def check_metrics(trawl):
    promtool = shutil.which("promtool")
    if promtool is None:
        print("promtool is not installed; Debian's package prometheus has it")
        return 77
    with service(trawl) as running:
        text = running.get("/metrics")
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True)
    print((done.stdout + done.stderr).decode())
    return done.returncode


if __name__ == "__main__":
    sys.exit({"document": check_document, "metrics": check_metrics}[sys.argv[2]](sys.argv[1]))
