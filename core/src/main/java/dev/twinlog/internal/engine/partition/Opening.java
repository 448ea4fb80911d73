package dev.twinlog.internal.engine.partition;

import dev.twinlog.internal.engine.lane.RouteTable;
import dev.twinlog.internal.engine.partition.PartitionLife.Recovering;
import dev.twinlog.internal.engine.recovery.AlreadyWritten;
import dev.twinlog.internal.engine.recovery.Rewind;
import dev.twinlog.internal.offsets.SourceMap;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.Uuid;

/** A partition that is being opened, with the results of the steps so far. */
sealed interface Opening {
  PartitionControl partition();

  /** Whether its topic may have lost records to compaction. */
  boolean compacted();

  /** Its topics were admitted. */
  record Routed(
      PartitionControl partition, RouteTable routes, Optional<Uuid> targetId, boolean compacted)
      implements Opening {

    OpeningTerms terms() {
      return partition.life() instanceof Recovering recovering
          ? recovering.terms()
          : OpeningTerms.NONE;
    }

    /** Whether no former owner can still be writing the route with this progress. */
    boolean isClean(Optional<RouteProgress> known) {
      return partition
          .position()
          .progress()
          .map(progress -> known.isEmpty() || progress.clean())
          .orElse(partition.position().hasFormerRecords());
    }

    /** The saved progress of a route. */
    Optional<RouteProgress> known(Route route) {
      return partition.position().progress().stream()
          .flatMap(progress -> progress.routes().stream())
          .filter(known -> known.route().equals(route))
          .findFirst();
    }
  }

  /** Its routes are recovered. */
  record Recovered(Routed routed, Map<Route, Recovery> recovered) implements Opening {
    @Override
    public PartitionControl partition() {
      return routed.partition();
    }

    @Override
    public boolean compacted() {
      return routed.compacted();
    }
  }

  /**
   * How the next session is to start.
   *
   * @param next the progress to save before
   * @param unseen routes that have records before this progress at unknown offsets
   */
  record Prepared(Progress next, Set<Route> unseen, AlreadyWritten alreadyWritten) {}

  /**
   * Its progress can be saved.
   *
   * @param repeated how many records that the target has are written again
   */
  record Ready(Routed routed, Prepared prepared, Optional<Rewind> rewind, long repeated)
      implements Opening {
    @Override
    public PartitionControl partition() {
      return routed.partition();
    }

    @Override
    public boolean compacted() {
      return routed.compacted();
    }
  }

  /** Its session can start when its progress is saved. */
  record Startable(Ready ready, SourceMap map) implements Opening {
    @Override
    public PartitionControl partition() {
      return ready.partition();
    }

    @Override
    public boolean compacted() {
      return ready.compacted();
    }
  }
}
