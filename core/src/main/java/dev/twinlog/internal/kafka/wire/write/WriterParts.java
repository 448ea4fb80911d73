package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import java.util.function.LongSupplier;

/** What the routes of one writer share. */
record WriterParts(
    TargetCluster cluster,
    KafkaErrors errors,
    Identities identities,
    Doors doors,
    WriterSettings settings,
    LongSupplier nanoTime) {

  long now() {
    return nanoTime.getAsLong();
  }
}
