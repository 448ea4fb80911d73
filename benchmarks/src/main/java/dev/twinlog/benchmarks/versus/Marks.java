package dev.twinlog.benchmarks.versus;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Waits for the marks that {@link TopicWatch} reports. */
final class Marks {
  private static final Duration WATCH_LIMIT = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private Marks() {}

  /** Lets the target broker count arriving records and report each mark. */
  static void watch(Child watch, int run, String topic, long... marks) {
    String wanted = Arrays.stream(marks).mapToObj(Long::toString).collect(Collectors.joining(" "));
    watch.send("watch " + run + ' ' + topic + ' ' + wanted);
    watch.await((TopicWatch.WATCHING + run)::equals, WATCH_LIMIT);
  }

  /**
   * Waits until that many records have arrived. Returns the words {@code #mark <run> <wanted>
   * <nanos> <count>}.
   *
   * @param child the contender; if it ends, this fails at once
   * @param deadline by the monotonic clock
   * @param limit what the message of a time-out says
   */
  static String[] await(
      Child watch, int run, long mark, Child child, long deadline, Duration limit) {
    String wanted = TopicWatch.MARK + run + ' ' + mark + ' ';
    while (true) {
      try {
        return watch.await(line -> line.startsWith(wanted), LOOK).split(" ");
      } catch (VersusException silent) {
        watch.requireAlive();
        child.requireAlive();
        if (System.nanoTime() - deadline > 0) {
          throw new VersusException(
              child.describe(
                  "had not copied " + mark + " records after " + limit.toSeconds() + " s"),
              silent);
        }
      }
    }
  }
}
