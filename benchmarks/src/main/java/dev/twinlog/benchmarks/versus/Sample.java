package dev.twinlog.benchmarks.versus;

/**
 * The CPU time and memory that a process had used when it was asked.
 *
 * @param nanos the machine's monotonic clock
 * @param cpuNanos the CPU time of the process since it began, user and system
 * @param residentBytes what it holds in memory now, or negative if the system doesn't tell
 * @param peakBytes the most that it ever held, or negative if the system doesn't tell
 */
record Sample(long nanos, long cpuNanos, long residentBytes, long peakBytes) {
  /** Reads what {@link Probe} printed. */
  static Sample parse(String line) {
    String[] fields = line.substring(Probe.SAMPLE.length()).split(" ");
    return new Sample(
        Long.parseLong(fields[0]),
        Long.parseLong(fields[1]),
        Long.parseLong(fields[2]) * 1024,
        Long.parseLong(fields[3]) * 1024);
  }

  long cpuSince(Sample earlier) {
    return cpuNanos - earlier.cpuNanos;
  }
}
