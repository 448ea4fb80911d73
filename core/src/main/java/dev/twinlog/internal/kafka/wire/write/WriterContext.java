package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatchFactory;
import dev.twinlog.internal.kafka.wire.write.batch.WriterSettings;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityProvider;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Dependencies that the routes of one writer share.
 *
 * @param retrying receives why a route can't continue now; see {@link
 *     dev.twinlog.spi.PluginContext#retrying}
 */
record WriterContext(
    Cluster cluster,
    KafkaErrors errors,
    IdentityProvider identities,
    ProduceBatchFactory factory,
    WriterSettings settings,
    BiConsumer<Route, RetriableException> retrying,
    LongSupplier nanoTime) {

  long now() {
    return nanoTime.getAsLong();
  }
}
