"use strict";
// Time for the client: seconds that never go back, and timers that let a process end.

const {performance} = require("node:perf_hooks");

const SLEPT = 1000; // milliseconds between the two clocks that mean "the machine was suspended"

/** The machine's clock. Tests give the client another object with the same four methods. */
function systemClock() {
  let skipped = 0;
  let offset = Date.now() - performance.now();
  return {
    /** Seconds since some moment. The monotonic clock stands still while a machine is suspended,
     * so what the wall clock ran ahead of it is added. */
    now() {
      const running = performance.now();
      const ahead = Date.now() - running - offset;
      if (ahead > SLEPT) skipped += ahead;
      if (Math.abs(ahead) > SLEPT) offset += ahead;
      return (running + skipped) / 1000;
    },

    /** The moment, for a time stamp. */
    date: () => new Date(),

    /** Wait; the process stays for somebody who waits, but not for what goes on behind. */
    sleep(seconds, {background = false} = {}) {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, seconds * 1000);
        if (background) timer.unref();
      });
    },

    /** Call `action` later; return what cancels it. The process stays for it only if `stay`. */
    later(seconds, action, {stay = false} = {}) {
      const timer = setTimeout(action, seconds * 1000);
      if (!stay) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

module.exports = {systemClock};
