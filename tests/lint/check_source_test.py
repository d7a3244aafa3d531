"""Each rule of check_source.py finds its breach in a tree made for it, and leaves a clean tree alone."""
import pathlib
import tempfile
import unittest

import check_source

TABLE = """
every config/job.hpp
pure crawler/model
room crawler/net crawler/model
room crawler/fetch crawler/model
room crawler/fetch/stack.cpp crawler/fetch crawler/net
room server crawler/fetch
"""


class CheckSource(unittest.TestCase):
    def breaches(self, files):
        """What is found in a tree of these files: {path: text}."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, content in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())
            return list(check_source.check_tree(root, check_source.rooms(TABLE)))

    def test_a_clean_tree_has_no_breach(self):
        self.assertEqual([], self.breaches({
            "crawler/model/link.hpp": '#pragma once\n#include <string>\n#include "config/job.hpp"\n',
            "crawler/net/client.cpp": '#include "crawler/model/link.hpp"\n#include <boost/asio.hpp>\n',
            "crawler/fetch/stack.cpp": '#include "crawler/fetch/fetch.hpp"\n#include "crawler/net/client.hpp"\n',
            "crawler/fetch/CMakeLists.txt": "trawl_room(fetch SOURCES stack.cpp LINKS trawl::model trawl::config trawl::net)\n",
        }))

    def test_a_forbidden_include(self):
        found = self.breaches({"crawler/fetch/cookies.cpp": '\n#include "crawler/net/client.hpp"\n'})
        self.assertEqual(["crawler/fetch/cookies.cpp:2: may not include crawler/net/client.hpp (tests/lint/rooms.txt)"], found)

    def test_nothing_includes_server(self):
        self.assertIn("may not include server/app.hpp", self.breaches({"crawler/net/client.cpp": '#include "server/app.hpp"\n'})[0])

    def test_a_room_outside_the_table(self):
        self.assertIn("may not include", self.breaches({"crawler/other/new.cpp": '#include "crawler/model/link.hpp"\n'})[0])

    def test_a_loop_in_a_pure_room(self):
        self.assertIn("without an event loop", self.breaches({"crawler/model/link.cpp": "#include <boost/asio/io_context.hpp>\n"})[0])

    def test_a_forbidden_link(self):
        found = self.breaches({"crawler/net/CMakeLists.txt": "trawl_room(net SOURCES a.cpp\n  LINKS trawl::model trawl::fetch)\n"})
        self.assertIn("links trawl::fetch", found[0])

    def test_two_suspensions_in_one_statement(self):
        found = self.breaches({"crawler/net/client.cpp": "\nvoid f() {\n  g(co_await a(),\n    co_await b());\n}\n"})
        self.assertEqual(["crawler/net/client.cpp:3: has two co_await in one statement"], found)

    def test_a_head_is_a_statement_of_its_own(self):
        self.assertEqual([], self.breaches({"crawler/net/client.cpp": "while (auto a = co_await (next)()) co_await use(*a); // co_await co_await\n"}))

    def test_a_header_without_pragma_once(self):
        self.assertIn("no #pragma once", self.breaches({"crawler/model/link.hpp": "int x;\n"})[0])

    def test_a_file_that_is_too_long(self):
        self.assertIn("longer than 450 lines", self.breaches({"crawler/model/link.cpp": "\n" * 451})[0])

    def test_a_folder_that_is_too_full(self):
        self.assertIn("13 source files", self.breaches({f"crawler/model/x{n}.cpp": "" for n in range(13)})[0])

    def test_unfinished_text(self):
        self.assertIn("unfinished", self.breaches({"crawler/model/link.cpp": "// TO" "DO: more\n"})[0])

    def test_the_path_of_one_machine(self):
        found = self.breaches({"cmake/a.cmake": 'set(x "/ho' 'me/me/x")\nset(y "http://a.example/ho' 'me/x")\n'})
        self.assertEqual(["cmake/a.cmake:1: holds the path of one machine"], found)

    def test_bytes_that_are_not_utf8(self):
        self.assertIn("not UTF-8 at byte 2", self.breaches({"crawler/model/link.cpp": b"//\xff\n"})[0])


if __name__ == "__main__":
    unittest.main()
