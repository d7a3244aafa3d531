"""The judge's own URL resolution, on cases of the URL Standard's section 4.4 and its percent-encode sets."""
import unittest

from whatwg_url import join

BASE = "http://example.org/a/b/c.html?q=1"


class Join(unittest.TestCase):
    def test_references(self):
        for reference, expected in {
            "d.html": "http://example.org/a/b/d.html",
            "#top": "http://example.org/a/b/c.html?q=1",
            "": "http://example.org/a/b/c.html?q=1",
            "?r": "http://example.org/a/b/c.html?r",
            "../x/./y": "http://example.org/a/x/y",
            "..": "http://example.org/a/",
            "/../..": "http://example.org/",
            "%2E%2e/z": "http://example.org/a/z",
            "//Other.ORG:80/p": "http://other.org/p",
            "//other.org": "http://other.org/",
            "http:d.html": "http://example.org/a/b/d.html",
            "https:d.example/x": "https://d.example/x",
            "HTTP://EXAMPLE.org:8080/": "http://example.org:8080/",
            " \n\td e.html\n": "http://example.org/a/b/d%20e.html",
            "a\\b": "http://example.org/a/b/a/b",
            "x|y^z`{}\"<>": "http://example.org/a/b/x|y%5Ez%60%7B%7D%22%3C%3E",
            "?'^`|{}": "http://example.org/a/b/c.html?%27^`|{}",
            "\u00e9%41": "http://example.org/a/b/%C3%A9%41",
            "mailto:a@b": None,
            "javascript:void(0)": None,
        }.items():
            with self.subTest(reference=reference):
                self.assertEqual(expected, join(BASE, reference))


if __name__ == "__main__":
    unittest.main()
