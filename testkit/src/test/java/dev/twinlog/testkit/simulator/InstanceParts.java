package dev.twinlog.testkit.simulator;

import dev.twinlog.Replicator;
import dev.twinlog.SwitchoverReport;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * The parts that an instance of the link is built from. The methods return their argument; tests of
 * the simulator override one of them with a part that breaks a rule, and the simulator has to find
 * it.
 */
public class InstanceParts {

  protected LedgerRules rules() {
    return new LedgerRules();
  }

  /** The ledger's connections. */
  protected Cluster ledgerCluster(Cluster cluster) {
    return cluster;
  }

  /** The connections of a writer. */
  protected Cluster writerCluster(Cluster cluster) {
    return cluster;
  }

  protected OffsetMapStore store(OffsetMapStore store) {
    return store;
  }

  /** Writes dead letters. */
  protected Function<ReplicationRecord, Optional<ReplicationException>> deadLetters(
      Function<ReplicationRecord, Optional<ReplicationException>> write) {
    return write;
  }

  /** The lease of the instance. */
  protected Lease lease(Lease lease) {
    return lease;
  }

  /** How long the link assumes that brokers remember producers. */
  protected long memoryMs(long memoryMs) {
    return memoryMs;
  }

  /** Whether the state topic refuses saves of a former owner. */
  protected boolean ownersAreFenced() {
    return true;
  }

  /** Whether a state topic that lost a former owner's writes is refused. */
  protected boolean noticesLostState() {
    return true;
  }

  /** The source of the link. */
  protected TopicSource source(InMemorySource source) {
    return source;
  }

  /** Offsets that a source of a link which is switched over has found. */
  protected Map<TopicPartition, Long> resolved(Map<TopicPartition, Long> found) {
    return found;
  }

  /** A report of a switchover in an instance that runs the link was handed to its caller. */
  protected void reported(Replicator link, SwitchoverReport report) {}

  /** A lane's writer. */
  protected DrivenSinkWriter writer(DrivenSinkWriter writer, WriterSide shared) {
    return writer;
  }

  /** The parts of a process that moves the link and doesn't run it. */
  protected InstanceParts ofMove() {
    return this;
  }

  /** The store of a link that is seeded as the reverse of another one, while it is seeded. */
  protected OffsetMapStore seeded(OffsetMapStore store) {
    return store;
  }

  /** The ledger's recovery of a route. */
  protected Recovery recovery(Recovery recovery) {
    return recovery;
  }
}
