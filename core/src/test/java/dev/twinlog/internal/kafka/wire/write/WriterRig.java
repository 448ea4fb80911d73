package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.RecordCheck;
import dev.twinlog.internal.kafka.cluster.TargetTopics;
import dev.twinlog.internal.kafka.wire.write.batch.CompressionPolicy;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatchFactory;
import dev.twinlog.internal.kafka.wire.write.batch.WriterSettings;
import dev.twinlog.internal.kafka.wire.write.identity.IdentityProvider;
import dev.twinlog.internal.kafka.wire.write.identity.LocalIdentityProvider;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** A writer on a target in memory. */
public final class WriterRig {
  public static final int MAX_REQUEST = 100_000;
  static final long TIMESTAMP = 1_000_000;
  private final KafkaErrors errors = new KafkaErrors("eu-west");

  final FakeTarget target = new FakeTarget();
  final TargetTopics topics = new TargetTopics(null);
  final BatchWriter writer;

  /** The last reported reason why each route can't continue. */
  final Map<Route, String> told = new HashMap<>();

  WriterRig() {
    this(Optional.empty());
  }

  WriterRig(Optional<Compression> recompress) {
    this(recompress, MAX_REQUEST);
  }

  WriterRig(Optional<Compression> recompress, int maxRequest) {
    this(recompress, maxRequest, WriterRig::counted);
  }

  /** Returns a rig for recovered routes. */
  WriterRig(FakeLedger ledger) {
    this(Optional.empty(), MAX_REQUEST, (rig, settings) -> ledger.identities(rig.target));
  }

  private WriterRig(
      Optional<Compression> recompress,
      int maxRequest,
      BiFunction<WriterRig, WriterSettings, IdentityProvider> identities) {
    WriterSettings settings =
        new WriterSettings(5, maxRequest, 30_000, 100_000_000L, 1_000_000_000L, 16 << 20);
    ClientSettings client = ClientSettings.of("eu-west", "localhost:1", Map.of(), Map.of());
    ProduceBatchFactory factory =
        new ProduceBatchFactory(
            topics,
            RecordCheck.forBatches("eu-west", maxRequest),
            CompressionPolicy.of(topics, client, recompress),
            settings,
            target.clock());
    writer =
        new BatchWriter(
            new WriterContext(
                target,
                errors,
                identities.apply(this, settings),
                factory,
                settings,
                (route, cause) -> told.put(route, String.valueOf(cause.getMessage())),
                wait -> {},
                target::now));
  }

  /** Enters a producer id into the registry of the link. */
  Function<Long, CompletionStage<Void>> entering = id -> CompletableFuture.completedStage(null);

  private static IdentityProvider counted(WriterRig rig, WriterSettings settings) {
    return new LocalIdentityProvider(
        rig.target, rig.errors, settings, id -> rig.entering.apply(id), rig.target::now);
  }

  public static Route route(int source, int targetPartition) {
    return new Route(new TopicPartition("s", source), new TopicPartition("t", targetPartition));
  }

  /** Creates the partition and opens the route; its producer id is known. */
  FakePartition open(Route route) {
    FakePartition partition = target.create(route.target());
    writer.open(route);
    poll();
    target.answerAll();
    poll();
    return partition;
  }

  void poll() {
    writer.poll(Duration.ZERO);
  }

  /** Lets time pass and answers everything, until no request is left. */
  void settle() {
    for (int i = 0; i < 400; i++) {
      writer.poll(Duration.ofMillis(10));
      target.answerAll();
    }
  }

  CompletableFuture<WriteAck> write(Route route, ReplicationBatch batch) {
    return writer.write(route, batch).toCompletableFuture();
  }

  CompletableFuture<WriteAck> write(Route route, long from, long to) {
    return write(route, encoded(route, from, to));
  }

  /** Writes bytes that are overwritten as soon as the write completes. */
  CompletableFuture<WriteAck> lent(Route route, long from, long to) {
    return lent(route, from, to, TIMESTAMP + from);
  }

  CompletableFuture<WriteAck> lent(Route route, long from, long to, long timestamp) {
    ByteBuffer bytes = bytes(records(from, to, timestamp), Compression.NONE);
    CompletableFuture<WriteAck> stage =
        write(route, ReplicationBatch.ofEncoded(route.source(), bytes));
    var unused =
        stage.whenComplete(
            (ack, error) -> {
              for (int i = 0; i < bytes.limit(); i++) {
                bytes.put(i, (byte) 0x55);
              }
            });
    return stage;
  }

  public static ReplicationBatch encoded(Route route, long from, long to) {
    return ReplicationBatch.ofEncoded(
        route.source(), bytes(records(from, to), Compression.of(Codec.LZ4)));
  }

  static ReplicationBatch decoded(Route route, long from, long to) {
    return decoded(route, from, to, TIMESTAMP + from);
  }

  static ReplicationBatch decoded(Route route, long from, long to, long timestamp) {
    return ReplicationBatch.of(route.source(), records(from, to, timestamp));
  }

  public static ByteBuffer bytes(List<ReplicationRecord> records, Compression compression) {
    return BatchEncoder.encode(records, compression, Integer.MAX_VALUE).get(0).batch();
  }

  public static List<ReplicationRecord> records(long from, long to) {
    return records(from, to, TIMESTAMP + from);
  }

  /**
   * Returns records, the first with that timestamp, each one a millisecond behind the one before.
   */
  public static List<ReplicationRecord> records(long from, long to, long timestamp) {
    return LongStream.range(from, to).mapToObj(i -> record(i, timestamp + i - from)).toList();
  }

  static ReplicationRecord record(long offset, long timestamp) {
    byte[] value = ("v" + offset).getBytes(StandardCharsets.UTF_8);
    return ReplicationRecord.of(offset, timestamp, value, value, new RecordHeaders());
  }

  static List<String> values(FakePartition partition) {
    return partition.records().stream()
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  static List<String> expected(long from, long to) {
    return LongStream.range(from, to).mapToObj(i -> "v" + i).toList();
  }

  static List<OffsetRun> runs(CompletableFuture<WriteAck> stage) {
    return stage.join().runs();
  }

  static BatchHandling handling(CompletableFuture<WriteAck> stage) {
    return stage.join().handling().orElseThrow();
  }

  static ReplicationException failure(CompletableFuture<WriteAck> stage) {
    try {
      stage.get();
    } catch (ExecutionException e) {
      return e.getCause() instanceof PartialWriteException partly
          ? partly.reason()
          : (ReplicationException) e.getCause();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("was acknowledged");
  }
}
