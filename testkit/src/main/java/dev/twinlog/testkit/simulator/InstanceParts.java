package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.wire.ledger.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.WriterSide;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.spi.DrivenSinkWriter;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.OffsetMapStore;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.TopicSource;
import dev.twinlog.testkit.InMemorySource;

/**
 * What an instance of the link is put together from. The methods give back what they are given;
 * tests of the simulator override one of them with a part that breaks a rule, and the simulator has
 * to find it.
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

  /** What the instance knows of its ownership. */
  protected Lease lease(Lease lease) {
    return lease;
  }

  /** How long the brokers remember producers, as the link believes. */
  protected long memoryMs(long memoryMs) {
    return memoryMs;
  }

  /** Whether the state topic refuses what a former owner saves. */
  protected boolean ownersAreFenced() {
    return true;
  }

  /** Whether the state topic is refused that has lost what a former owner had written. */
  protected boolean noticesLostState() {
    return true;
  }

  /** What the link reads. */
  protected TopicSource source(InMemorySource source) {
    return source;
  }

  /** A lane's writer. */
  protected DrivenSinkWriter writer(DrivenSinkWriter writer, WriterSide shared) {
    return writer;
  }

  /** What the ledger says of a route. */
  protected Recovery recovery(Recovery recovery) {
    return recovery;
  }
}
