package dev.twinlog.internal.kafka.wire.write.batch;

import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.write.WriterRig;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * Passes rounds of batches through a new factory, with no free place in flight so that small ones
 * are merged; recompressed if a codec is named. Each call returns a list of batches: bytes, or the
 * message of a refusal. Uses only types of the JDK, so that it can be loaded by another class
 * loader.
 */
final class FactoryRounds
    implements BiFunction<List<List<ByteBuffer>>, String, List<List<Object>>> {
  private static final Route ROUTE = WriterRig.route(0, 0);

  @Override
  public List<List<Object>> apply(List<List<ByteBuffer>> rounds, String recompress) {
    ProduceBatchFactory factory = factory(recompress);
    List<List<Object>> opened = new ArrayList<>();
    for (List<ByteBuffer> round : rounds) {
      Deque<PendingWrite> waiting = new ArrayDeque<>();
      round.forEach(
          bytes ->
              waiting.add(new PendingWrite(ReplicationBatch.ofEncoded(ROUTE.source(), bytes))));
      while (!waiting.isEmpty()) {
        opened.add(
            factory.open(ROUTE, waiting, 0, 0, false).stream().map(FactoryRounds::told).toList());
      }
    }
    return opened;
  }

  private static ProduceBatchFactory factory(String recompress) {
    TargetTopics topics = new TargetTopics(null);
    Optional<Compression> compression =
        recompress.isEmpty()
            ? Optional.empty()
            : Optional.of(Compression.of(Codec.valueOf(recompress)));
    return new ProduceBatchFactory(
        topics,
        RecordCheck.forBatches("eu-west", WriterRig.MAX_REQUEST),
        CompressionPolicy.of(
            topics, ClientSettings.of("eu-west", "localhost:1", Map.of(), Map.of()), compression),
        new WriterSettings(5, WriterRig.MAX_REQUEST, 30_000, 1, 1, 16 << 20),
        Clock.systemUTC());
  }

  private static Object told(ProduceBatch batch) {
    var refusal = batch.refusal();
    return refusal == null
        ? batch.bytes()
        : refusal.getClass().getSimpleName() + ": " + refusal.getMessage();
  }
}
