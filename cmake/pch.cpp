// Carries the precompiled header; the rooms that do I/O reuse it.
