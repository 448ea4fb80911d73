package dev.twinlog.metrics.internal.page;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What was copied per second, of the last ten minutes: a ring of at most 600 samples, however often
 * one is taken. Thread-safe.
 */
public final class Throughput {
  public static final int MOST_SAMPLES = 600;
  public static final Duration LONGEST = Duration.ofMinutes(10);

  private record Sample(long atMillis, long nanos, double records, double bytes) {}

  private final Deque<Sample> samples = new ArrayDeque<>(MOST_SAMPLES);

  public synchronized void add(StatusView view) {
    samples.addLast(
        new Sample(
            view.asOf().toEpochMilli(),
            view.nanos(),
            view.totals().recordsPerSecond(),
            view.bytesPerSecond()));
    while (samples.size() > MOST_SAMPLES
        || view.nanos() - samples.getFirst().nanos() > LONGEST.toNanos()) {
      samples.removeFirst();
    }
  }

  public synchronized int size() {
    return samples.size();
  }

  /** Writes {@code [[millis, recordsPerSecond, bytesPerSecond], ...]}, the oldest first. */
  public void write(JsonWriter json) throws IOException {
    List<Sample> copy;
    synchronized (this) {
      copy = List.copyOf(samples);
    }
    json.beginArray();
    for (Sample each : copy) {
      json.beginArray().value(each.atMillis()).value(each.records()).value(each.bytes()).endArray();
    }
    json.endArray();
  }
}
