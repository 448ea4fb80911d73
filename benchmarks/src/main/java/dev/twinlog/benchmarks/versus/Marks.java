package dev.twinlog.benchmarks.versus;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Waits for what {@link TopicWatch} tells. */
final class Marks {
  private static final Duration WATCH_LIMIT = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private Marks() {}

  /** Has the target count what arrives, and tell when each mark is reached. */
  static void watch(Child watch, int run, String topic, long... marks) {
    String wanted = Arrays.stream(marks).mapToObj(Long::toString).collect(Collectors.joining(" "));
    watch.send("watch " + run + ' ' + topic + ' ' + wanted);
    watch.await((TopicWatch.WATCHING + run)::equals, WATCH_LIMIT);
  }

  /**
   * What the watch tells when that many records had arrived: the words {@code #mark <run> <wanted>
   * <nanos> <count>}.
   *
   * @param child who copies them; should it die, that is told at once
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
