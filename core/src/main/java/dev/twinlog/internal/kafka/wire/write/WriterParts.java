package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import java.util.function.LongSupplier;

/** What the routes of one writer share. */
record WriterParts(
    Cluster cluster,
    KafkaErrors errors,
    Identities identities,
    Doors doors,
    WriterSettings settings,
    LongSupplier nanoTime) {

  long now() {
    return nanoTime.getAsLong();
  }
}
