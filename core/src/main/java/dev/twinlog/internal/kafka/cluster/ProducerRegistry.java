package dev.twinlog.internal.kafka.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Enters producer ids that serve many routes into the registry of a link. Thread-safe. */
@FunctionalInterface
public interface ProducerRegistry {

  /** That of a link without a registry. */
  ProducerRegistry NONE = producerId -> CompletableFuture.completedStage(null);

  /** Enters an id before anything is written under it; completes when that is done. */
  CompletionStage<Void> enter(long producerId);
}
