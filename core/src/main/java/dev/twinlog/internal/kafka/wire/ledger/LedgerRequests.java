package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.ListOffsets;
import dev.twinlog.internal.kafka.wire.net.Cluster;

/** Everything that a job can ask a cluster. Confined to the ledger's thread. */
final class LedgerRequests {
  final Cluster cluster;
  final LogEnds ends;
  final LogEnds starts;
  final LogReads reads;
  final DirectMarkers directMarkers;
  final Coordinators coordinators;
  final CoordinatorRequests inits;
  final CoordinatorRequests begins;
  final CoordinatorRequests commits;

  LedgerRequests(Cluster cluster, Timers timers, LedgerSettings settings) {
    KafkaErrors errors = settings.errors();
    this.cluster = cluster;
    this.ends = new LogEnds(cluster, timers, errors, ListOffsets.LATEST);
    this.starts = new LogEnds(cluster, timers, errors, ListOffsets.EARLIEST);
    this.reads = new LogReads(cluster, timers, errors);
    this.directMarkers = new DirectMarkers(cluster, timers, errors);
    this.coordinators = new Coordinators(cluster, timers, errors, settings.link());
    this.inits =
        new CoordinatorRequests(cluster, timers, errors, coordinators, Api.INIT_PRODUCER_ID);
    this.begins =
        new CoordinatorRequests(cluster, timers, errors, coordinators, Api.ADD_PARTITIONS_TO_TXN);
    this.commits = new CoordinatorRequests(cluster, timers, errors, coordinators, Api.END_TXN);
  }

  /**
   * Sends what can be sent; what is begun is finished first, since coordinators end it if it stays.
   */
  void send() {
    coordinators.send();
    commits.send();
    begins.send();
    reads.send();
    directMarkers.send();
    ends.send();
    starts.send();
    inits.send();
  }

  /** Gives up for those who wait for what does not answer. */
  void watch() {
    coordinators.watch();
    commits.watch();
    begins.watch();
    reads.watch();
    directMarkers.watch();
    ends.watch();
    starts.watch();
    inits.watch();
  }
}
