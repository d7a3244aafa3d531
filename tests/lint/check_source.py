#!/usr/bin/env python3
"""The rules of the source tree that a compiler does not see. Prints one line a breach, exits 1 when there is one.

usage: check_source.py ROOT [ROOMS_FILE]
"""
import pathlib
import re
import sys

SOURCE_FOLDERS = ("crawler", "config", "server", "tests", "bench", "cmake")
TEXT_SUFFIXES = {".cpp", ".hpp", ".py", ".sh", ".txt", ".cmake", ".md", ".yaml", ".yml", ".html", ".css", ".js"}
MOST_CONCEPTS = 12  # a folder; x.hpp and x.cpp are one
LONGEST = {".hpp": 225, ".cpp": 450}  # lines: half again what a file should aim for
LONGEST_TEST = 600
TABLES = {"crawler/html/entity_table.cpp", "config/job.hpp", "config/job_doc.hpp"}  # an entry a line, as long as the thing they list
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.*~}/-])/(?:home|root|Users|work)/\w")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
LOOP = re.compile(r"^boost/(asio|beast)\b")
NOT_CODE = re.compile(r'R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)


class rooms:
    """The table of rooms.txt: who may include whom."""

    def __init__(self, text):
        self.allowed, self.pure, self.every = {}, set(), set()
        for number, line in enumerate(text.splitlines(), 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            kind, *names = words
            if kind == "every":
                self.every.update(names)
            elif kind in ("room", "pure") and names:
                self.allowed[names[0]] = set(names[1:])
                if kind == "pure":
                    self.pure.add(names[0])
            else:
                raise SystemExit(f"rooms.txt:{number}: a line begins with every, pure or room, then a name")

    def room_of(self, path):
        """The longest name of the table that holds `path`; None where there is none."""
        fitting = [room for room in self.allowed if within(path, room)]
        return max(fitting, key=len, default=None)

    def may(self, path, target):
        """Whether the file `path` may include `target`."""
        room = self.room_of(path)
        if room is None:
            return False
        return any(within(target, name) for name in self.allowed[room] | self.every | {room})

    def may_link(self, folder, target):
        """Whether a target of `folder` may link the room `target`: when one of its files may include a file of that."""
        names = set(self.every).union(*(names for room, names in self.allowed.items() if within(room, folder)))
        return any(within(name, target) for name in names)


def within(path, name):
    return path == name or path.startswith(name + "/")


def code_of(text):
    """The text without comments, strings and characters; lines stay where they are."""
    return NOT_CODE.sub(lambda match: "\n" * match.group().count("\n"), text)


def includes(path, text, table):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, target = match.groups()
        if quote == '"' and not table.may(path, target):
            yield number, f"may not include {target} (tests/lint/rooms.txt)"
        if quote == "<" and LOOP.match(target) and table.room_of(path) in table.pure:
            yield number, f"is a room without an event loop and may not include {target}"


def end_of_header(code, opening):
    """Where the parenthesis at `opening` closes."""
    depth = 0
    for at in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code)


def suspensions(text):
    """Two co_await in one statement: compilers have got the temporaries beside them wrong, and readers do too.

    The head of an `if`, `while`, `for` or `switch` is a statement of its own.
    """
    code = code_of(text)
    heads = {end_of_header(code, match.end() - 1) for match in re.finditer(r"\b(?:if|while|for|switch)\s*\(", code)}
    code = "".join(";" if at in heads else char for at, char in enumerate(code))
    number = 1
    for statement in re.split(r"[;{}]", code):
        if len(re.findall(r"\bco_await\b", statement)) > 1:
            yield number + statement[: statement.index("co_await")].count("\n"), "has two co_await in one statement"
        number += statement.count("\n")


def cpp_rules(path, text, table):
    yield from includes(path, text, table)
    yield from suspensions(text)
    suffix = pathlib.PurePath(path).suffix
    if suffix == ".hpp" and not re.search(r"^#pragma once$", text, re.M):
        yield 1, "has no #pragma once"
    longest = LONGEST_TEST if path.startswith("tests/") else LONGEST[suffix]
    lines = text.count("\n")
    if lines > longest and path not in TABLES:
        yield lines, f"is longer than {longest} lines"


def text_rules(text):
    for number, line in enumerate(text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield number, "marks something unfinished"
        if MACHINE_PATH.search(line):
            yield number, "holds the path of one machine"


def check_file(root, file, table):
    path = file.relative_to(root).as_posix()
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{path}: is not UTF-8 at byte {error.start}"
        return
    found = list(text_rules(text))
    if file.suffix in LONGEST:
        found += cpp_rules(path, text, table)
    yield from (f"{path}:{number}: {what}" for number, what in sorted(found))


def check_links(root, file, table):
    """The LINKS of trawl_room in a CMakeLists.txt: target names, trawl::net for crawler/net."""
    folder = file.parent.relative_to(root).as_posix()
    if folder not in table.allowed:
        return
    for name in re.findall(r"trawl::(\w+)", "".join(re.findall(r"trawl_room\(([^)]*)\)", file.read_text()))):
        target = f"crawler/{name}" if f"crawler/{name}" in table.allowed else name
        if not table.may_link(folder, target):
            yield f"{folder}/CMakeLists.txt: links trawl::{name}, which it may not include (tests/lint/rooms.txt)"


def check_folder(root, folder):
    concepts = {file.stem for file in folder.iterdir() if file.suffix in LONGEST}
    if len(concepts) > MOST_CONCEPTS:
        yield f"{folder.relative_to(root).as_posix()}: {len(concepts)} source files; more than {MOST_CONCEPTS} means a new folder"


def check_tree(root, table):
    for top in SOURCE_FOLDERS:
        for file in sorted((root / top).rglob("*")):
            if file.is_dir():
                yield from check_folder(root, file)
            elif file.suffix in TEXT_SUFFIXES and "corpus" not in file.parts and "data" not in file.parts:
                yield from check_file(root, file, table)
            if file.name == "CMakeLists.txt":
                yield from check_links(root, file, table)


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    file = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else root / "tests/lint/rooms.txt"
    breaches = list(check_tree(root, rooms(file.read_text())))
    print("\n".join(breaches) or "no breach")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
