package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatchFactory;
import dev.twinlog.internal.kafka.wire.write.batch.WriterSettings;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityProvider;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Dependencies that the routes of one writer share.
 *
 * @param retrying receives why a route can't continue now; see {@link
 *     dev.twinlog.spi.PluginContext#retrying}
 * @param throttled receives how long a broker has told the writer to wait
 */
record WriterContext(
    Cluster cluster,
    KafkaErrors errors,
    IdentityProvider identities,
    ProduceBatchFactory factory,
    WriterSettings settings,
    BiConsumer<Route, RetriableException> retrying,
    Consumer<Duration> throttled,
    LongSupplier nanoTime) {

  long now() {
    return nanoTime.getAsLong();
  }
}
