package dev.twinlog.testkit.internal.memory;

import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The write faults that a test has planned for a sink. Guarded by its cluster's lock. */
public final class WriteFaults {
  /**
   * The fault of one write.
   *
   * @param appended how many of its first records are appended nevertheless
   * @param reported whether the exception reports them
   */
  record Fault(int appended, boolean reported, ReplicationException cause) {}

  private static final class Planned {
    private final Route route;
    private final Fault fault;
    private int countdown;

    Planned(Route route, int nth, Fault fault) {
      if (nth < 1) {
        throw new IllegalArgumentException("nth was " + nth + " but the next write is number 1");
      }
      this.route = route;
      this.countdown = nth;
      this.fault = fault;
    }
  }

  private final List<Planned> planned = new ArrayList<>();
  private Predicate<ReplicationRecord> rejected = record -> false;

  public void fail(Route route, int nth, ReplicationException cause) {
    planned.add(new Planned(route, nth, new Fault(0, false, cause)));
  }

  public void loseAck(Route route, int nth, ReplicationException cause) {
    planned.add(new Planned(route, nth, new Fault(Integer.MAX_VALUE, false, cause)));
  }

  public void failPartly(Route route, int nth, int records, ReplicationException cause) {
    if (records < 1) {
      throw new IllegalArgumentException(
          "records was %d but must be at least 1; to append none use failWrite".formatted(records));
    }
    planned.add(new Planned(route, nth, new Fault(records, true, cause)));
  }

  public void reject(Predicate<ReplicationRecord> records) {
    rejected = records;
  }

  /** Counts a write of a route; returns its fault if it has one. */
  @Nullable Fault count(Route route) {
    Fault due = null;
    for (Planned each : List.copyOf(planned)) {
      if (each.route.equals(route) && --each.countdown == 0) {
        planned.remove(each);
        due = each.fault;
      }
    }
    return due;
  }

  Optional<ReplicationRecord> rejected(ReplicationBatch batch) {
    return batch.records().stream().filter(rejected).findFirst();
  }
}
