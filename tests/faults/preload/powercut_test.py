#!/usr/bin/env python3
"""powercut.c drops what was not synced and nothing else: small programs that write, sync and lose power, and RocksDB under it.

TRAWL_FAULTS_PRELOAD is the folder that holds the library.
"""
import ctypes.util
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

LIBRARY = os.environ["TRAWL_FAULTS_PRELOAD"] + "/powercut.so"
BEGIN = """
import ctypes, os, sys, threading, time
def made(name, content, synced=True):
    fd = os.open(name, os.O_RDWR | os.O_CREAT)
    os.write(fd, content)
    if synced: os.fsync(fd)
    return fd
def cut():
    os.write(os.open("fifo", os.O_WRONLY), b"x")
    time.sleep(30)
    sys.exit("the power stayed on")
"""


class PowerCut(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        os.mkfifo(self.folder / "fifo")

    def run_program(self, program, ends=-signal.SIGKILL, **environment):
        """Runs it in the folder, where all but `outside…` is followed; it loses power by `cut()`."""
        environment = os.environ | {
            "LD_PRELOAD": LIBRARY, "TRAWL_FOLLOWED_PATHS": f"{self.folder}/in:{self.folder}/db", "TRAWL_POWERCUT_FIFO": f"{self.folder}/fifo"} | environment
        done = subprocess.run([sys.executable, "-c", BEGIN + textwrap.dedent(program)], cwd=self.folder, env=environment, capture_output=True, timeout=60, check=False)
        self.assertEqual(ends, done.returncode, done.stderr.decode())
        return done.stdout.decode()

    def content(self, name):
        path = self.folder / name
        return path.read_bytes() if path.exists() else None

    def test_appended(self):
        self.run_program("""
            fd = made("in-synced", b"one two ")
            os.write(fd, b"three")
            made("in-never", b"content", synced=False)
            os.close(made("in-closed", b"content", synced=False))
            made("outside", b"content", synced=False)
            cut()""")
        self.assertEqual(b"one two ", self.content("in-synced"))
        self.assertEqual(b"", self.content("in-never"))
        self.assertEqual(b"", self.content("in-closed"))
        self.assertEqual(b"content", self.content("outside"))

    def test_synced_in_each_way(self):
        self.run_program("""
            os.fdatasync(made("in-data", b"content", synced=False))
            fd = made("in-twice", b"a"); os.write(fd, b"b"); os.fsync(fd); os.write(fd, b"c")
            fd = made("in-other", b"content", synced=False); os.close(fd)
            os.fsync(os.open("in-other", os.O_RDONLY))  # a sync is the file's, not the descriptor's
            cut()""")
        self.assertEqual(b"content", self.content("in-data"))
        self.assertEqual(b"ab", self.content("in-twice"))
        self.assertEqual(b"content", self.content("in-other"))

    def test_overwritten(self):
        self.run_program("""
            fd = made("in-place", b"0123456789")
            os.pwrite(fd, b"AAAA", 2); os.pwrite(fd, b"BB", 3); os.pwrite(fd, b"CCCC", 8)
            fd = made("in-vector", b"0123456789")
            os.pwritev(fd, [b"x", b"y"], 0); os.lseek(fd, 4, 0); os.writev(fd, [b"zz", b"zz"])
            cut()""")
        self.assertEqual(b"0123456789", self.content("in-place"))
        self.assertEqual(b"0123456789", self.content("in-vector"))

    def test_truncated(self):
        self.run_program("""
            fd = made("in-shorter", b"0123456789"); os.ftruncate(fd, 3); os.write(os.open("in-shorter", os.O_WRONLY | os.O_APPEND), b"abc")
            made("in-path", b"0123456789"); os.truncate("in-path", 4)
            made("in-opened", b"0123456789"); open("in-opened", "wb").close()
            fd = made("in-kept", b"0123456789"); os.ftruncate(fd, 3); os.fsync(fd)
            cut()""")
        for name in ("in-shorter", "in-path", "in-opened"):
            self.assertEqual(b"0123456789", self.content(name), name)
        self.assertEqual(b"012", self.content("in-kept"))

    def test_renamed(self):
        self.run_program("""
            made("in-old", b"old")
            made("in-new", b"new"); os.rename("in-new", "in-old")
            made("in-target", b"old"); made("in-unsynced", b"new", synced=False); os.rename("in-unsynced", "in-target")
            cut()""")
        self.assertEqual(b"new", self.content("in-old"))
        self.assertEqual(b"", self.content("in-target"))

    def test_nothing_is_written_after_it(self):
        self.run_program("""
            fd = made("in-file", b"")
            def write():
                while True: os.write(fd, b"x"); os.fsync(fd)
            for _ in range(4): threading.Thread(target=write, daemon=True).start()
            time.sleep(0.2)
            cut()""")
        size = len(self.content("in-file"))
        time.sleep(0.1)
        self.assertEqual(size, len(self.content("in-file")))

    def test_counted(self):
        program = """
            fd = made("in-file", b"a")            # write, sync
            os.write(fd, b"b"); os.fsync(fd)      # third and fourth
            os.write(fd, b"c")"""
        for before, kept in ((1, b""), (2, b""), (3, b"a"), (4, b"a"), (5, b"ab")):
            (self.folder / "in-file").unlink(missing_ok=True)
            self.run_program(program, TRAWL_POWERCUT_AFTER=str(before))
            self.assertEqual(kept, self.content("in-file"), before)
        (self.folder / "in-file").unlink()
        self.run_program(program, ends=0, TRAWL_POWERCUT_AFTER="6")
        self.assertEqual(b"abc", self.content("in-file"))

    def test_a_part_survives(self):
        sizes, gone = set(), 0
        for seed in range(1, 13):
            self.run_program("""
                fd = made("in-file", b"s" * 100); os.write(fd, b"u" * 900)
                os.pwrite(fd, b"X", 0)
                made("in-never", b"content", synced=False)
                cut()""", TRAWL_POWERCUT_SEED=str(seed))
            kept = self.content("in-file")
            self.assertEqual(b"s" * 100 + b"u" * (len(kept) - 100), kept)
            sizes.add(len(kept))
            gone += self.content("in-never") is None
            for name in ("in-file", "in-never"):
                (self.folder / name).unlink(missing_ok=True)
        self.assertGreater(len(sizes), 3)
        self.assertTrue(0 < gone < 12, gone)

    @unittest.skipUnless(ctypes.util.find_library("rocksdb"), "librocksdb is not installed")
    def test_rocksdb(self):
        """What was written with sync is there, and of what came later a prefix: RocksDB writes by calls that are followed."""
        store = f"""
            rocks = ctypes.CDLL({ctypes.util.find_library("rocksdb")!r})
            for name in ("options_create", "writeoptions_create", "open", "readoptions_create", "get"):
                getattr(rocks, "rocksdb_" + name).restype = ctypes.c_void_p
            pointer, error = ctypes.c_void_p, ctypes.c_char_p()
            options = pointer(rocks.rocksdb_options_create())
            rocks.rocksdb_options_set_create_if_missing(options, 1)
            rocks.rocksdb_options_set_write_buffer_size(options, ctypes.c_size_t(64 << 10))  # files are flushed and replaced meanwhile
            db = pointer(rocks.rocksdb_open(options, b"db", ctypes.byref(error)))
            assert not error.value, error.value
            plain = pointer(rocks.rocksdb_writeoptions_create())
            synced = pointer(rocks.rocksdb_writeoptions_create())
            rocks.rocksdb_writeoptions_set_sync(synced, 1)
            def put(n, how):
                key, value = b"%08d" % n, b"v" * 200
                rocks.rocksdb_put(db, how, key, ctypes.c_size_t(len(key)), value, ctypes.c_size_t(len(value)), ctypes.byref(error))
            def has(n, size=ctypes.c_size_t()):
                key = b"%08d" % n
                return rocks.rocksdb_get(db, pointer(rocks.rocksdb_readoptions_create()), key, ctypes.c_size_t(len(key)), ctypes.byref(size), ctypes.byref(error)) is not None
            """
        for seed, count in (("0", 100), ("0", 3000), ("5", 3000), ("6", 777)):
            self.run_program(store + f"""
            for n in range({count}): put(n, synced if n % 50 == 0 else plain)
            for n in range({count}, {count} + 40): put(n, plain)
            cut()""", TRAWL_POWERCUT_SEED=seed)
            last_synced = (count - 1) // 50 * 50
            there = self.run_program(store + f"""
            print("".join("x" if has(n) else "." for n in range({count} + 40)))""", ends=0).strip()
            self.assertGreater(there.find(".") % (count + 41), last_synced, (seed, count))
            self.assertNotIn(".x", there)
            if seed == "0" and count == 100:
                self.assertEqual(last_synced + 1, there.find("."))
            subprocess.run(["rm", "-r", self.folder / "db"], check=True)


if __name__ == "__main__":
    unittest.main()
