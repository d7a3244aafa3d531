#!/usr/bin/env python3
"""The dashboard in a headless Chromium, against a service that crawls the sample site.

usage: browser_test.py TRAWL TEST_SITE      (exit 77: no browser is installed)
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

import browser

TRAWL, SITE = sys.argv[1:3] if len(sys.argv) > 2 else (None, None)
NARROW = 360  # px; the least width that is promised


def until(look, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not start")


class service:
    """`trawl serve` on a free port, in a directory of its own."""

    def __init__(self, data, *settings, listen="127.0.0.1:0"):
        self.data, self.settings, self.listen = data, settings, listen

    def __enter__(self):
        self.log = pathlib.Path(self.data, "log.txt")
        sets = [word for one in (f"listen={self.listen}", f"data={self.data}/data", 'egress.allow=["127.0.0.1:*"]', *self.settings) for word in ("--set", one)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([TRAWL, "serve", *sets], stdout=log, stderr=log)
        try:
            self.url = until(lambda: (found := re.search(r"serving on (http://\S+)", self.log.read_text())) and found[1])
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


class DashboardTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="trawl-dashboard-")
        port_file = pathlib.Path(cls.folder.name, "port")
        cls.site_process = subprocess.Popen([SITE, "--port", "0", "--port-file", port_file], stderr=subprocess.DEVNULL)
        cls.site = f"http://127.0.0.1:{until(lambda: port_file.exists() and port_file.read_text().strip())}/"
        cls.browser = cls.enterClassContext(browser.browser())

    @classmethod
    def tearDownClass(cls):
        cls.site_process.terminate()
        cls.site_process.wait(10)
        cls.folder.cleanup()

    def setUp(self):
        self.page = self.browser
        self.page.troubles.clear()
        self.page.resize(1280, 900)
        self.data = tempfile.TemporaryDirectory(dir=self.folder.name)

    def tearDown(self):
        self.assertEqual(self.page.troubles, [])
        self.page.goto("about:blank")

    def serve(self, *settings, **options):
        context = service(self.data.name, *settings, **options)
        served = context.__enter__()
        self.addCleanup(context.__exit__)
        return served

    def open(self, url):
        self.page.goto("about:blank")
        self.page.until("location.href === 'about:blank'")
        self.page.goto(url)

    def reads(self, text, seconds=30):
        self.page.until(f"document.body.innerText.includes({json.dumps(text)})", seconds)

    def fill(self, selector, text):
        self.page.until(f"!!document.querySelector({json.dumps(selector)})")
        self.page.evaluate(f"{{ const field = document.querySelector({json.dumps(selector)}); field.value = {json.dumps(text)}; field.dispatchEvent(new Event('input')); }}")

    def submit(self, job):
        self.page.click("New job", "document.querySelector('.top')")
        self.fill("textarea", job)
        self.page.click("Start the job")
        self.page.until("!!document.querySelector('.badge')")

    def state(self, word, seconds=60):
        self.page.until(f"document.querySelector('.title .badge')?.textContent === {json.dumps(word)}", seconds)

    def fits(self):
        self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth"), NARROW)

    def test_a_job_from_the_form_to_its_records(self):
        self.open(self.serve().url)
        self.reads("No jobs yet")
        self.submit(f"seeds: ['{self.site}']\nname: shop\nscope: {{max_depth: 1}}\npoliteness: {{delay: 20ms}}\n")
        self.state("completed")
        self.reads("everything was fetched")
        self.page.until("document.querySelectorAll('.records li').length >= 5")
        self.page.evaluate("[...document.querySelectorAll('.seq')].at(-1).click()")  # the oldest: the seed
        record = json.loads(self.page.until("document.querySelector('.records pre')?.textContent"))
        self.assertEqual((record["seq"], record["url"], record["title"]), (1, self.site, "Sample shop"))
        self.page.click("404")
        self.reads("1 record fits")
        self.page.click("Explain", "document.querySelector('.tabs')")
        self.fill("input[type=url]", self.site)
        self.page.click("Explain", "document.querySelector('.section')")
        self.reads("It has its record.")
        self.page.click("Document")
        self.reads('"name": "shop"')
        self.page.resize(NARROW, 800)
        self.fits()

    def test_pause_resume_and_what_can_not_be_taken_back(self):
        self.open(self.serve().url)
        self.submit(f"seeds: ['{self.site}']\nname: slow\npoliteness: {{delay: 300ms}}\n")
        self.state("running")
        self.page.click("Hosts")
        host = self.site.removeprefix("http://").removesuffix("/")
        self.reads(host)
        self.page.click("Pause", "document.querySelector('.hosts')")
        self.page.until("!!document.querySelector('.hosts .is-paused')")
        self.page.click("Resume", "document.querySelector('.hosts')")
        self.page.until("!document.querySelector('.hosts .is-paused')")
        self.page.click("Pause", "document.querySelector('.headline')")
        self.state("paused")
        self.page.click("Resume", "document.querySelector('.headline')")
        self.state("running")
        self.page.click("Cancel …")
        self.page.click("Keep as it is", "document.querySelector('dialog')")
        self.state("running")
        self.page.click("Cancel …")
        self.page.click("Cancel the job", "document.querySelector('dialog')")
        self.state("cancelled")
        self.page.click("Delete …")
        self.page.click("Delete", "document.querySelector('dialog')")
        self.reads("No jobs yet")

    def test_problems_stand_at_their_paths(self):
        self.open(self.serve().url)
        self.page.click("New job", "document.querySelector('.top')")
        self.fill("textarea", "seeds: [https://example.org/]\nscope:\n  max_dept: 2\n")
        self.page.click("Check")
        self.reads("did you mean 'max_depth'?")
        self.page.click("scope.max_dept")
        marked = "(() => { const field = document.querySelector('textarea'); return field.value.slice(field.selectionStart, field.selectionEnd); })()"
        self.assertEqual(self.page.evaluate(marked), "max_dept")
        self.fill("textarea", "seeds: [https://example.org/]\n")
        self.page.click("Check")
        self.reads("This job is valid.")
        self.page.resize(NARROW, 800)
        self.fits()

    def test_what_pages_say_stays_text(self):
        self.open(self.serve().url)
        evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
        self.submit(json.dumps({"name": "text", "seeds": [{"url": self.site, "meta": {"note": evil}}], "scope": {"max_depth": 0}}))
        self.state("completed")
        self.page.click("1", "document.querySelector('.records')")
        self.reads(evil.split(" ")[0])
        self.assertEqual(self.page.evaluate("document.querySelectorAll('main img, main script').length"), 0)

    def test_asks_for_the_token_once(self):
        served = self.serve(listen="0.0.0.0:0")
        token = pathlib.Path(self.data.name, "data/token").read_text().strip()
        self.open(served.url.replace("0.0.0.0", "127.0.0.1"))
        self.reads("This service needs a token")
        self.fill("dialog input", "wrong")
        self.page.click("Continue")
        self.reads("does not know the last one")
        self.fill("dialog input", token)
        self.page.click("Continue")
        self.reads("No jobs yet")
        self.page.evaluate("location.reload()")
        self.reads("No jobs yet")
        self.assertEqual(self.page.evaluate("document.querySelectorAll('dialog').length"), 0)
        self.page.click("Forget token")
        self.reads("This service needs a token")

    def test_says_when_the_server_is_gone(self):
        served = self.serve()
        self.open(served.url)
        self.reads("No jobs yet")
        served.process.terminate()
        served.process.wait(30)
        self.reads("can't be reached")
        port = served.url.rsplit(":", 1)[1]
        self.serve(listen=f"127.0.0.1:{port}")
        self.page.until("document.getElementById('outage').hidden", 60)

    def test_works_by_keyboard(self):
        self.open(self.serve().url)
        self.reads("No jobs yet")
        self.page.press("Tab", 9)
        self.assertEqual(self.page.evaluate("document.activeElement.textContent"), "Skip to the content")
        for _ in range(3):
            self.page.press("Tab", 9)
        self.assertEqual(self.page.evaluate("document.activeElement.textContent"), "New job")
        self.page.press("Enter", 13, "\r")
        self.page.until("!!document.querySelector('textarea')")
        unnamed = "[...document.querySelectorAll('input, textarea, select')].filter((one) => !one.labels.length && !one.ariaLabel).length"
        self.assertEqual(self.page.evaluate(unnamed), 0)


if __name__ == "__main__":
    if not browser.program():
        print("no Chromium is installed: apt-get install chromium")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=2)
