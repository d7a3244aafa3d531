"""A headless Chromium over its debugging pipe (--remote-debugging-pipe, messages of JSON that end with a NUL): no port, no package.

The Chrome DevTools Protocol's names are used as they are: https://chromedevtools.github.io/devtools-protocol/
"""
import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def program():
    """Path of the browser; None where there is none."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class browser:
    """One browser with one page. Use it in a `with`: it ends with its profile."""

    def __init__(self, width=1280, height=900, dark=False):
        self.size, self.dark = (width, height), dark
        self.next_id, self.buffer, self.troubles = 0, b"", []

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="trawl-browser-", ignore_cleanup_errors=True)
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        # The browser reads descriptor 3 and writes 4; above those first, so that neither overwrites the other.
        high = [os.dup2(fd, 60 + i) for i, fd in enumerate((to_browser, from_browser))]
        line = (f"exec {program()} --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --remote-debugging-pipe "
                f"--disable-background-networking --disable-component-update --user-data-dir={self.profile.name} about:blank 3<&{high[0]} 4>&{high[1]}")
        self.process = subprocess.Popen(["bash", "-c", line], pass_fds=high, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (to_browser, from_browser, *high):
            os.close(fd)
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.resize(*self.size)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if self.dark else "light"}])
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        self.profile.cleanup()

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def call(self, method, **params):
        """Sends a command; its result."""
        self.next_id += 1
        message = {"id": self.next_id, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + 90
        while True:
            told = self.receive(deadline)
            if told.get("id") == self.next_id:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                return told["result"]

    def receive(self, deadline):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise TimeoutError("the browser does not answer")
            piece = os.read(self.read_end, 1 << 20)
            if not piece:
                raise RuntimeError("the browser is gone")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        told = json.loads(text)
        self.note(told)
        return told

    def note(self, told):
        """What a page must not do: throw, write to the console's errors (a broken policy does)."""
        params = told.get("params", {})
        if told.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.troubles.append(details.get("exception", {}).get("description") or details["text"])
        if told.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error" and params["entry"]["source"] != "network":
            self.troubles.append(params["entry"]["text"])

    def goto(self, url):
        self.call("Page.navigate", url=url)

    def evaluate(self, expression):
        """The value of an expression of JavaScript in the page."""
        told = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"].get("exception", {}).get("description", expression))
        return told["result"].get("value")

    def until(self, expression, seconds=30):
        """Waits until the expression is true in the page; its value."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.evaluate(expression)
            except RuntimeError:  # the page is on its way
                value = None
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"never true: {expression}\n{self.evaluate('document.body.innerText')}\n{self.troubles}")
            time.sleep(0.1)

    def click(self, text, within="document"):
        """The visible button or link that reads so."""
        name = json.dumps(text)
        found = f"[...{within}.querySelectorAll('button, a')].find(one => one.textContent.trim() === {name} && one.checkVisibility() && !one.disabled)"
        self.until(f"!!({found})")
        self.evaluate(f"({found}).click()")

    def press(self, key, code=0, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))
