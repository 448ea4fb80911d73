package dev.twinlog.testkit.drill;

import dev.twinlog.Replicator;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;

/**
 * Rehearses the loss of a region: it writes numbered records to the source under load, lets
 * consumer groups read them, takes the source away, fails the link over, lets the groups continue
 * in the target, brings the source back and goes home. In the end each record is accounted for.
 *
 * <pre>{@code
 * DrillReport report =
 *     FailoverDrill.embedded()
 *         .topic("orders", 6)
 *         .group("billing")
 *         .run();
 * report.writeTo(Path.of("target/drill"));
 * assertThat(report.problems()).isEmpty();
 * }</pre>
 *
 * <p>A drill passes if no record that is in a region is there twice, no group skips a record that
 * is in the region that it reads, the report of the failover names at least as many lost records as
 * were lost, and the copies are found exact. Records that a group reads a second time are counted,
 * and are no failure: after the loss of a region those are the ones that were read since the
 * group's position was compared last.
 *
 * <p>Its topics should be the drill's own: what others write there while it runs, it does not
 * count, and its records stay. Not thread-safe; a drill can be run once.
 */
public final class FailoverDrill implements AutoCloseable {
  private final Region source;
  private final Region target;
  private final boolean owned;
  private final Map<String, Integer> topics = new LinkedHashMap<>();
  private final Map<String, DrillConsumers> groups = new LinkedHashMap<>();
  private String link = "drill";
  private int records = 5_000;
  private int perSecond = 2_000;
  private LongFunction<byte[]> values = Values::value;
  private Duration limit = Duration.ofMinutes(2);
  private UnaryOperator<Replicator.Builder> settings = UnaryOperator.identity();
  private Consumer<String> progress = text -> {};

  private FailoverDrill(Region source, Region target, boolean owned) {
    this.source = source;
    this.target = target;
    this.owned = owned;
  }

  /** A drill between two regions, which stay when it ends. */
  public static FailoverDrill between(Region source, Region target) {
    return new FailoverDrill(source, target, false);
  }

  /**
   * A drill between two clusters that it starts in this process, {@code us-east} and {@code
   * eu-west}, and ends.
   *
   * @throws IllegalStateException if they can't be started
   */
  public static FailoverDrill embedded() {
    Region source = Region.embedded("us-east");
    try {
      return new FailoverDrill(source, Region.embedded("eu-west"), true);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /**
   * Adds a topic, which is created in the source if it doesn't exist. The default is one of three
   * partitions, {@code drill}.
   *
   * @param partitions of a topic that is created, at least 1
   */
  public FailoverDrill topic(String name, int partitions) {
    if (partitions < 1) {
      throw new IllegalArgumentException(
          "topic %s needs at least 1 partition, not %d".formatted(name, partitions));
    }
    topics.put(name, partitions);
    return this;
  }

  /** Adds a group of one consumer, which commits after each poll. */
  public FailoverDrill group(String id) {
    return group(id, DrillConsumers.polling());
  }

  /** Adds a group with the consumers of a service. The default is one group, {@code drill}. */
  public FailoverDrill group(String id, DrillConsumers consumers) {
    groups.put(id, consumers);
    return this;
  }

  /** The link's name; {@code drill} unless set. */
  public FailoverDrill link(String name) {
    link = name;
    return this;
  }

  /** How many records are written in each region, at least 1; 5,000 unless set. */
  public FailoverDrill records(int count) {
    records = positive("records", count);
    return this;
  }

  /** How many are written a second, at least 1; 2,000 unless set. */
  public FailoverDrill recordsPerSecond(int count) {
    perSecond = positive("recordsPerSecond", count);
    return this;
  }

  /** How long the drill waits for the link and the groups; 2 minutes unless set. */
  public FailoverDrill limit(Duration atMost) {
    if (atMost.isNegative() || atMost.isZero()) {
      throw new IllegalArgumentException("limit must be positive, not " + atMost);
    }
    limit = atMost;
    return this;
  }

  /** Makes the value of a record from its number; a line of text unless set. */
  public FailoverDrill values(LongFunction<byte[]> made) {
    values = made;
    return this;
  }

  /**
   * Changes the link's settings, as {@code builder -> builder.groupSync(...)}. Its name, source and
   * sink are the drill's.
   */
  public FailoverDrill settings(UnaryOperator<Replicator.Builder> change) {
    settings = change;
    return this;
  }

  /** Receives a line for each thing that happens, on the thread of the drill. */
  public FailoverDrill onProgress(Consumer<String> listener) {
    progress = listener;
    return this;
  }

  /**
   * Runs the drill. What goes wrong is in the report, not thrown.
   *
   * @throws InterruptedException if the thread is interrupted; all that was started is ended
   */
  public DrillReport run() throws InterruptedException {
    if (topics.isEmpty()) {
      topic("drill", 3);
    }
    if (groups.isEmpty()) {
      group("drill");
    }
    try (DrillRun run = new DrillRun(new Plan(this))) {
      return run.play();
    } finally {
      close();
    }
  }

  /** Ends the clusters that the drill has started, as {@link #run()} does. Idempotent. */
  @Override
  public void close() {
    if (owned) {
      source.close();
      target.close();
    }
  }

  private static int positive(String name, int count) {
    if (count < 1) {
      throw new IllegalArgumentException("%s must be at least 1, not %d".formatted(name, count));
    }
    return count;
  }

  /** The settings of a drill as it runs. */
  record Plan(
      Region source,
      Region target,
      Map<String, Integer> topics,
      Map<String, DrillConsumers> groups,
      String link,
      int records,
      int perSecond,
      Duration limit,
      LongFunction<byte[]> values,
      UnaryOperator<Replicator.Builder> settings,
      Consumer<String> progress) {
    private Plan(FailoverDrill drill) {
      this(
          drill.source,
          drill.target,
          Map.copyOf(drill.topics),
          Map.copyOf(drill.groups),
          drill.link,
          drill.records,
          drill.perSecond,
          drill.limit,
          drill.values,
          drill.settings,
          drill.progress);
    }
  }
}
