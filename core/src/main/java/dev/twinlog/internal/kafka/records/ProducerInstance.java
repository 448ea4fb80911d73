package dev.twinlog.internal.kafka.records;

import dev.twinlog.spi.ReplicationException;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * A transactional producer from its initialization, which put everybody else of the same id out, to
 * its death. Its successor is made only by a recovery, that is, after this instance proved that it
 * owns the link; and a route is written only through the incarnations that its own recovery knew.
 * So an instance that has lost the link, and wakes up to initialize the id once more, can't write
 * with it what it had open before.
 *
 * <p>Thread-safe.
 */
final class ProducerInstance {
  private final String transactionalId;
  private final Producer<byte[], byte[]> producer;
  private volatile @Nullable ReplicationException death;

  ProducerInstance(String transactionalId, Producer<byte[], byte[]> producer) {
    this.transactionalId = transactionalId;
    this.producer = producer;
  }

  String transactionalId() {
    return transactionalId;
  }

  Producer<byte[], byte[]> producer() {
    return producer;
  }

  /** Why nothing more can be written through it; null while it lives. */
  @Nullable ReplicationException death() {
    return death;
  }

  void die(ReplicationException cause) {
    death = cause;
  }
}
