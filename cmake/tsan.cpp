// RocksDB comes as a library that was built without ThreadSanitizer, so its atomics are not seen, and what they order looks like a race.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() { return "called_from_lib:librocksdb.so\nrace:librocksdb.so\n"; }
