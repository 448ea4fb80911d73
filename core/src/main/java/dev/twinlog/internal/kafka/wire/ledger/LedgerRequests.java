package dev.twinlog.internal.kafka.wire.ledger;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.ledger.request.CoordinatorRequests;
import dev.twinlog.internal.kafka.wire.ledger.request.Coordinators;
import dev.twinlog.internal.kafka.wire.ledger.request.DirectMarkers;
import dev.twinlog.internal.kafka.wire.ledger.request.LogEnds;
import dev.twinlog.internal.kafka.wire.ledger.request.LogReads;
import dev.twinlog.internal.kafka.wire.ledger.request.Timers;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.ListOffsets;
import dev.twinlog.internal.kafka.wire.net.Cluster;

/** The requests that the tasks of a ledger send to a cluster. Confined to the ledger's thread. */
final class LedgerRequests {
  final Cluster cluster;
  final LogEnds ends;
  final LogEnds starts;
  final LogReads reads;
  final DirectMarkers directMarkers;
  final Coordinators coordinators;
  final CoordinatorRequests initProducerIds;
  final CoordinatorRequests addPartitions;
  final CoordinatorRequests endTxns;

  LedgerRequests(Cluster cluster, Timers timers, LedgerSettings settings) {
    KafkaErrors errors = settings.errors();
    this.cluster = cluster;
    this.ends = new LogEnds(cluster, timers, errors, ListOffsets.LATEST);
    this.starts = new LogEnds(cluster, timers, errors, ListOffsets.EARLIEST);
    this.reads = new LogReads(cluster, timers, errors);
    this.directMarkers = new DirectMarkers(cluster, timers, errors);
    this.coordinators = new Coordinators(cluster, timers, errors, settings.link());
    this.initProducerIds =
        new CoordinatorRequests(cluster, timers, errors, coordinators, Api.INIT_PRODUCER_ID);
    this.addPartitions =
        new CoordinatorRequests(cluster, timers, errors, coordinators, Api.ADD_PARTITIONS_TO_TXN);
    this.endTxns = new CoordinatorRequests(cluster, timers, errors, coordinators, Api.END_TXN);
  }

  /** Sends what can be sent; open transactions are ended first, before their timeout. */
  void send() {
    coordinators.send();
    endTxns.send();
    addPartitions.send();
    reads.send();
    directMarkers.send();
    ends.send();
    starts.send();
    initProducerIds.send();
  }

  /** Gives up requests that have waited too long for a broker. */
  void watch() {
    coordinators.watch();
    endTxns.watch();
    addPartitions.watch();
    reads.watch();
    directMarkers.watch();
    ends.watch();
    starts.watch();
    initProducerIds.watch();
  }
}
