// What is done again and again while a view is shown.

/// Resolves after `ms`, or at once when `signal` ends.
export function wait(ms, signal) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}

/// Calls `look` every `ms` until `signal` ends, each after the one before; not while the tab is hidden. What it throws slows the next.
export async function every(ms, signal, look) {
  for (let failures = 0; !signal.aborted; ) {
    if (!document.hidden) {
      try {
        await look();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures = Math.min(failures + 1, 4);
      }
    }
    await wait(ms * 2 ** failures, signal);
  }
}
