package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.spi.ReplicationException;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * A transactional producer from its initialization, which fences all others of the same id, to its
 * end. Its successor is created only by a recovery, that is, after this instance proved that it
 * owns the link; and a route is written only through the producers that its own recovery knew. So
 * an instance that has lost the link, and initializes the id once more after a pause, can't use it
 * to write the routes that it had open before.
 *
 * <p>Thread-safe.
 */
final class ProducerInstance {
  private final String transactionalId;
  private final Producer<byte[], byte[]> producer;
  private volatile @Nullable ReplicationException failure;

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

  /** Returns why nothing more can be written through it; null while it is usable. */
  @Nullable ReplicationException failure() {
    return failure;
  }

  void fail(ReplicationException cause) {
    failure = cause;
  }
}
