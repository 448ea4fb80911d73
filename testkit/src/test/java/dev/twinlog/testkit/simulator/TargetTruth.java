package dev.twinlog.testkit.simulator;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twinlog.internal.batch.V2BatchDecoder;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.testkit.simulator.model.ModelBatch;
import dev.twinlog.testkit.simulator.model.ModelPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * The records that the target holds, by route, read from their contents. A record that is appended
 * twice or out of order is a violation at that moment.
 */
final class TargetTruth implements ModelPartition.Watcher {
  /** The prefix of the values of other producers' records. */
  static final String FOREIGN = "foreign";

  /** A route by the numbers of its two partitions. */
  record Way(int source, int target) {}

  /** What must hold of the target from some time on. */
  interface Guard {
    /** A record of a route was appended. */
    void appended(Way way, long serial, long offset);

    /** A transaction marker was appended, which may be a fence. */
    void marked(int target, ModelBatch marker);

    /** A target partition has lost these transaction markers, which may have been fences. */
    void fenceLost(int target, List<ModelBatch> markers);
  }

  private final Map<Way, RouteTruth> routes =
      new TreeMap<>(Comparator.comparingInt(Way::source).thenComparingInt(Way::target));
  private final Trace trace;
  private final LongSupplier clock;
  private final List<Guard> guards = new ArrayList<>();
  private final V2BatchDecoder decoder = new V2BatchDecoder();

  /**
   * An empty target.
   *
   * @param clock in nanoseconds
   */
  TargetTruth(Trace trace, LongSupplier clock) {
    this.clock = clock;
    this.trace = trace;
  }

  /** Adds a guard, which is told from now on. */
  void guard(Guard guard) {
    guards.add(guard);
  }

  static byte[] value(int source, long serial) {
    return (source + ":" + serial).getBytes(UTF_8);
  }

  RouteTruth route(int source, int target) {
    return routes.computeIfAbsent(new Way(source, target), way -> new RouteTruth());
  }

  /** An operator has accepted what the targets of a source partition have lost so far. */
  void acceptLost(int source) {
    routes.forEach(
        (way, route) -> {
          if (way.source() == source) {
            route.acceptLost();
          }
        });
  }

  Map<Way, RouteTruth> routes() {
    return routes;
  }

  @Override
  public void appended(ModelPartition partition, ModelBatch batch) {
    int target = partition.name().partition();
    trace.line(() -> "target-%d: %s".formatted(target, describe(batch)));
    if (batch.isControl()) {
      guards.forEach(guard -> guard.marked(target, batch));
      return;
    }
    for (ReplicationRecord record : decoder.decode(batch.bytes())) {
      String value = text(record);
      if (!value.startsWith(FOREIGN)) {
        int colon = value.indexOf(':');
        int source = Integer.parseInt(value.substring(0, colon));
        long serial = Long.parseLong(value.substring(colon + 1));
        String wrong = route(source, target).append(serial, record.offset(), partition.start());
        if (wrong != null) {
          throw new Violation("route %d > %d: %s".formatted(source, target, wrong));
        }
        Way way = new Way(source, target);
        guards.forEach(guard -> guard.appended(way, serial, record.offset()));
      }
    }
  }

  private static String text(ReplicationRecord record) {
    return new String(Objects.requireNonNull(record.value()), UTF_8);
  }

  private String describe(ModelBatch batch) {
    if (batch.isControl()) {
      return batch.toString();
    }
    List<ReplicationRecord> records = decoder.decode(batch.bytes());
    return "%s with %s to %s"
        .formatted(batch, text(records.get(0)), text(records.get(records.size() - 1)));
  }

  @Override
  public void truncated(
      ModelPartition partition, long end, List<ModelBatch> batches, long committed, long start) {
    int target = partition.name().partition();
    trace.line(
        () ->
            "target-%d: lost everything from %d on, %d was committed"
                .formatted(target, end, committed));
    // a lost marker is a lost fence: the fenced former owner can write again
    List<ModelBatch> markers =
        batches.stream().filter(one -> one.isControl() && one.lastOffset() < committed).toList();
    boolean unfenced = !markers.isEmpty();
    if (unfenced) {
      guards.forEach(guard -> guard.fenceLost(target, markers));
    }
    routes.forEach(
        (way, truth) -> {
          if (way.target() == target) {
            truth.truncate(end, committed, start, clock.getAsLong());
            if (unfenced) {
              truth.mayRepeat();
            }
          }
        });
  }
}
