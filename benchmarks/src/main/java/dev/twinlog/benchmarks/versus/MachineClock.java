package dev.twinlog.benchmarks.versus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The idle and total CPU time of the whole machine since it started. CPU time that is neither idle
 * nor used by the run was taken by other processes; the more, the less a run can be trusted.
 */
final class MachineClock {
  private static final Path STAT = Path.of("/proc/stat");
  private static final int IDLE = 4;
  private static final int IO_WAIT = 5;
  private static final int FIELDS = 9;

  private final long idle;
  private final long total;

  private MachineClock(long idle, long total) {
    this.idle = idle;
    this.total = total;
  }

  static MachineClock read() {
    if (!Files.exists(STAT)) {
      return new MachineClock(0, 0);
    }
    try (var lines = Files.lines(STAT)) {
      return parse(lines.findFirst().orElse(""));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + STAT, e);
    }
  }

  /** Reads a line such as {@code cpu 1 0 2 30 4 0 0 0 0 0}. */
  static MachineClock parse(String line) {
    String[] fields = line.split("\\s+");
    long total = 0;
    for (int i = 1; i < Math.min(fields.length, FIELDS); i++) {
      total += Long.parseLong(fields[i]);
    }
    long idle =
        fields.length <= IO_WAIT
            ? 0
            : Long.parseLong(fields[IDLE]) + Long.parseLong(fields[IO_WAIT]);
    return new MachineClock(idle, total);
  }

  /** From 0 to 1; not a number where the system doesn't tell. */
  double idleShareSince(MachineClock earlier) {
    return (double) (idle - earlier.idle) / (total - earlier.total);
  }
}
