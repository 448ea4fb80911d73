package dev.twinlog.benchmarks.versus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Waits until the page cache is written back, so that one run does not slow down the next. */
final class DiskWriteback {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final long DIRTY_KILOBYTES = 64 << 10;
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);

  private DiskWriteback() {}

  /** Returns when little is left to write, or after ten seconds. */
  static void await() {
    if (!Files.exists(MEMORY)) {
      return;
    }
    try {
      new ProcessBuilder("sync").inheritIO().start();
      long deadline = System.nanoTime() + LIMIT;
      while (dirtyKilobytes() > DIRTY_KILOBYTES && System.nanoTime() < deadline) {
        LockSupport.parkNanos(PAUSE);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + MEMORY, e);
    }
  }

  private static long dirtyKilobytes() throws IOException {
    long sum = 0;
    for (String line : Files.readAllLines(MEMORY)) {
      if (line.startsWith("Dirty:") || line.startsWith("Writeback:")) {
        sum += Long.parseLong(line.substring(line.indexOf(':') + 1).replace("kB", "").trim());
      }
    }
    return sum;
  }
}
