package dev.twinlog.testkit.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.kafka.DataPath;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import dev.twinlog.testkit.KafkaTopics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests the batch path's writer on a real broker: the cases of every writer, and those of whole
 * batches.
 */
final class BatchWriterIT extends WriterCases {
  BatchWriterIT() {
    super(DataPath.BATCHES);
  }

  private static ByteBuffer bytes(Codec codec, long from, long to) {
    return BatchEncoder.encode(
            LongStream.range(from, to).mapToObj(WriterCases::record).toList(),
            Compression.of(codec),
            Integer.MAX_VALUE)
        .get(0)
        .batch();
  }

  private static ReplicationBatch encoded(Route route, ByteBuffer bytes) {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.remaining()).put(bytes.duplicate()).flip();
    return ReplicationBatch.ofEncoded(route.source(), direct);
  }

  private static void seal(ByteBuffer batch) {
    batch.putInt(BatchHeader.CRC, crc(batch));
  }

  private static int crc(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.limit() - BatchHeader.ATTRIBUTES));
    return (int) crc.getValue();
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void everyByteButTheNamedFields_isTheSame(Codec codec) throws Exception {
    String topic = "same-" + codec.name().toLowerCase(Locale.ROOT);
    topics.create(topic, 1, Map.of());
    Route route = route(topic);
    ByteBuffer bytes = bytes(codec, 100, 600);
    int number = BatchHeader.codec(bytes, 0);
    bytes.putShort(
        BatchHeader.ATTRIBUTES,
        (short) (number | BatchHeader.TRANSACTIONAL | BatchHeader.DELETE_HORIZON));
    bytes.putLong(BatchHeader.PRODUCER_ID, 4_711).putShort(BatchHeader.PRODUCER_EPOCH, (short) 3);
    bytes.putInt(BatchHeader.BASE_SEQUENCE, 99).putInt(BatchHeader.LEADER_EPOCH, 12);
    seal(bytes);
    CompletableFuture<WriteAck> first = write(route, encoded(route, bytes));
    CompletableFuture<WriteAck> second = write(route, encoded(route, bytes(codec, 600, 700)));
    drive(List.of(first, second));
    assertThat(first.get().runs()).containsExactly(new OffsetRun(100, 0, 500));
    assertThat(second.get().runs()).containsExactly(new OffsetRun(600, 500, 100));
    assertThat(first.get().handling()).hasValue(BatchHandling.PASSED_THROUGH);

    ByteBuffer stored = RawLog.batches(kafka, route.target()).get(0);
    assertThat(stored.remaining()).isEqualTo(bytes.remaining());
    assertThat(BatchHeader.crc(stored, 0)).isEqualTo(crc(stored));
    assertThat(BatchHeader.attributes(stored, 0)).isEqualTo(number);
    assertThat(BatchHeader.baseOffset(stored, 0)).isZero();
    assertThat(BatchHeader.producerId(stored, 0)).isNotEqualTo(4_711);
    ByteBuffer expected = ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
    copy(stored, expected, BatchHeader.BASE_OFFSET, 8);
    copy(stored, expected, BatchHeader.LEADER_EPOCH, 4);
    copy(stored, expected, BatchHeader.CRC, 6);
    copy(stored, expected, BatchHeader.PRODUCER_ID, 14);
    assertThat(stored).isEqualTo(expected);
  }

  private static void copy(ByteBuffer from, ByteBuffer to, int at, int size) {
    to.put(at, from, at, size);
  }

  @Test
  void aFlippedBit_isRefusedByTheTarget_andNamed() {
    topics.create("flipped", 1, Map.of());
    Route route = route("flipped");
    drive(write(route, encoded(route, bytes(Codec.LZ4, 0, 10))));
    ByteBuffer damaged = bytes(Codec.LZ4, 10, 500);
    int at = damaged.limit() / 2;
    damaged.put(at, (byte) (damaged.get(at) ^ 0x10));
    CompletableFuture<WriteAck> bad = write(route, encoded(route, damaged));
    CompletableFuture<WriteAck> behind = write(route, encoded(route, bytes(Codec.LZ4, 500, 510)));
    drive(List.of(bad, behind));
    assertThat(failure(bad))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContainingAll("source-of-flipped-3", "offsets 10 to 499", "damaged");
    assertThat(behind).isCompletedExceptionally();
    assertThat(values("flipped")).isEqualTo(expected(0, 10));
  }

  @Test
  void manyTinyBatches_travelAsFew_withExactRuns() throws Exception {
    topics.create("tiny", 1, Map.of());
    Route route = route("tiny");
    List<CompletableFuture<WriteAck>> acks = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      acks.add(write(route, encoded(route, bytes(Codec.LZ4, i, i + 1))));
    }
    drive(acks);
    for (int i = 0; i < 2_000; i++) {
      assertThat(acks.get(i).get().runs()).containsExactly(new OffsetRun(i, i, 1));
    }
    assertThat(acks.get(1_500).get().handling()).hasValue(BatchHandling.COALESCED);
    assertThat(RawLog.batches(kafka, route.target())).hasSizeLessThan(100);
    assertThat(values("tiny")).isEqualTo(expected(0, 2_000));
  }

  @Test
  void aBatchThatTheTargetFindsTooLarge_isSplit() throws Exception {
    topics.create("smaller", 2, Map.of());
    Route route = route("smaller");
    lower("smaller", "max.message.bytes", "1000", sized(0, new byte[3_000]));
    CompletableFuture<WriteAck> ack = write(route, encoded(route, bytes(Codec.NONE, 0, 700)));
    drive(ack);
    assertThat(ack.get().runs()).containsExactly(new OffsetRun(0, 0, 700));
    assertThat(ack.get().handling()).hasValue(BatchHandling.SPLIT);
    assertThat(RawLog.batches(kafka, route.target())).hasSizeGreaterThan(10);
  }

  @Test
  void recompressed_batchesHaveTheOtherCodec() throws Exception {
    topics.create("again", 1, Map.of());
    use(sinkOf(kafka).recompress(dev.twinlog.kafka.Compression.ZSTD, 5));
    Route route = route("again");
    CompletableFuture<WriteAck> ack = write(route, encoded(route, bytes(Codec.LZ4, 0, 500)));
    drive(ack);
    assertThat(ack.get().handling()).hasValue(BatchHandling.RECOMPRESSED);
    ByteBuffer stored = RawLog.batches(kafka, route.target()).get(0);
    assertThat(BatchHeader.codec(stored, 0))
        .isEqualTo(BatchHeader.codec(bytes(Codec.ZSTD, 0, 1), 0));
    assertThat(values("again")).isEqualTo(expected(0, 500));
  }

  @Test
  @Tag("long")
  void leadersThatMove_underLoad_costNeitherLossNorDuplicate() {
    try (EmbeddedKafka three = EmbeddedKafka.builder().brokers(3).start()) {
      three.createTopic("moving", 6);
      use(sinkOf(three));
      List<Route> routes = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        TopicPartition partition = new TopicPartition("moving", i);
        routes.add(new Route(partition, partition));
        writer().open(routes.get(i));
      }
      List<CompletableFuture<WriteAck>> acks = new ArrayList<>();
      for (long i = 0; i < 4_000; i += 10) {
        stopAndStart(three, (int) i);
        for (Route route : routes) {
          acks.add(write(route, encoded(route, bytes(Codec.LZ4, i, i + 10))));
        }
        writer().poll(Duration.ofMillis(2));
      }
      drive(acks);
      for (Route route : routes) {
        assertThat(
                KafkaTopics.of(three).readUncommitted("moving").stream()
                    .filter(r -> r.partition() == route.target().partition())
                    .map(r -> new String(r.value(), UTF_8)))
            .containsExactlyElementsOf(expected(0, 4_000));
      }
      writer().close();
    }
  }

  @Test
  void aLeaderThatVanishes_isLeft_asSoonAsTheClusterHasNoticed() {
    try (EmbeddedKafka three =
        EmbeddedKafka.builder()
            .brokers(3)
            .config("controlled.shutdown.enable", "false") // moves no leadership when it stops
            .config("broker.session.timeout.ms", "4000")
            .start()) {
      three.createTopic("left", 3);
      use(sinkOf(three));
      List<CompletableFuture<WriteAck>> acks = new ArrayList<>();
      List<Route> routes = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        TopicPartition partition = new TopicPartition("left", i);
        routes.add(new Route(partition, partition));
        writer().open(routes.get(i));
        acks.add(write(routes.get(i), encoded(routes.get(i), bytes(Codec.LZ4, 0, 10))));
      }
      drive(acks);
      three.stopBroker(1);
      routes.forEach(r -> acks.add(write(r, encoded(r, bytes(Codec.LZ4, 10, 20)))));
      drive(acks);
      assertThat(KafkaTopics.of(three).readUncommitted("left")).hasSize(60);
      writer().close();
    }
  }

  private static void stopAndStart(EmbeddedKafka kafka, int i) {
    switch (i) {
      case 500 -> kafka.stopBroker(1);
      case 1_500 -> kafka.startBroker(1);
      case 2_500 -> kafka.stopBroker(2);
      case 3_500 -> kafka.startBroker(2);
      default -> {}
    }
  }

  @Test
  @Tag("long")
  void aSecuredTarget_isWritten() throws Exception {
    KafkaSecurity security = KafkaSecurity.scram().overTls();
    try (EmbeddedKafka secured = EmbeddedKafka.builder().security(security).start()) {
      secured.createTopic("secret", 1);
      use(sinkOf(secured));
      Route route = route("secret");
      List<CompletableFuture<WriteAck>> acks = new ArrayList<>();
      for (long i = 0; i < 500_000; i += 5_000) {
        acks.add(write(route, encoded(route, bytes(Codec.NONE, i, i + 5_000))));
        writer().poll(Duration.ofMillis(1));
      }
      drive(acks);
      assertThat(acks.get(99).get().runs()).containsExactly(new OffsetRun(495_000, 495_000, 5_000));
      writer().close();
    }
  }
}
