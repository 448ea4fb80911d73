package dev.twinlog.internal.kafka.wire.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchEncoder;
import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.ClientSettings;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.cluster.PartitionOffsets;
import dev.twinlog.internal.kafka.wire.message.FetchResponse.Aborted;
import dev.twinlog.internal.kafka.wire.net.NetSettings;
import dev.twinlog.internal.kafka.wire.net.ReceivePool;
import dev.twinlog.internal.kafka.wire.net.ScarcePool;
import dev.twinlog.internal.kafka.wire.read.ScriptedBroker.Asked;
import dev.twinlog.internal.kafka.wire.read.ScriptedBroker.Fetch;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.EpochSourceReader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.SourcePosition;
import dev.twinlog.spi.SourceReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests the reader against a broker whose every answer is written by the test. */
final class BatchReaderTest {
  private static final TopicPartition P0 = new TopicPartition(ScriptedBroker.TOPIC, 0);
  private static final TopicPartition P1 = new TopicPartition(ScriptedBroker.TOPIC, 1);
  private static final int EPOCH = 5;

  private ScriptedBroker broker;
  private SourceReader reader;
  private final Heard heard = new Heard();

  @BeforeEach
  void open() throws Exception {
    broker = new ScriptedBroker();
    reader = reader(1 << 20);
  }

  @AfterEach
  void close() throws Exception {
    reader.close();
    broker.close();
  }

  private final LeaderEpochCaches histories = new LeaderEpochCaches();

  private SourceReader reader(long bound) {
    return reader(bound, true);
  }

  private SourceReader reader(long bound, boolean coalesce) {
    return reader(bound, coalesce, new ReceivePool(bound / 4));
  }

  private SourceReader reader(long bound, boolean coalesce, ReceivePool pool) {
    ClientSettings client =
        ClientSettings.of("us-east", broker.address(), Map.of("retry.backoff.ms", "10"), Map.of());
    ReadSettings settings = ReadSettings.of(client, bound);
    return new BatchReader(
        NetSettings.of(client.connections("test")),
        coalesce ? settings : settings.withoutCoalescing(),
        new PartitionOffsets(new LazyAdmin(client), IsolationLevel.READ_COMMITTED),
        histories,
        new KafkaErrors("us-east"),
        pool);
  }

  private static ByteBuffer batch(long offset, int records, int epoch) {
    List<ReplicationRecord> list = new ArrayList<>();
    for (int i = 0; i < records; i++) {
      byte[] value = ("value " + (offset + i)).getBytes(UTF_8);
      list.add(ReplicationRecord.of(offset + i, 1_000, null, value, new RecordHeaders()));
    }
    ByteBuffer batch = BatchEncoder.encode(list, Compression.NONE, 1 << 20).get(0).batch();
    return batch.putInt(BatchHeader.LEADER_EPOCH, epoch);
  }

  /** Returns a batch of a transaction, by the producer 1. */
  private static ByteBuffer transactional(long offset, int records) {
    ByteBuffer batch = batch(offset, records, 4);
    batch.putShort(BatchHeader.ATTRIBUTES, (short) BatchHeader.TRANSACTIONAL);
    return seal(batch.putLong(BatchHeader.PRODUCER_ID, 1));
  }

  /** Returns the marker that ends a transaction of the producer 1. */
  private static ByteBuffer marker(long offset, ControlRecordType type) {
    return MemoryRecords.withEndTransactionMarker(
            offset, 1_000, 4, 1, (short) 0, new EndTransactionMarker(type, 0))
        .buffer();
  }

  private static ByteBuffer seal(ByteBuffer batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch.duplicate().position(BatchHeader.ATTRIBUTES));
    return batch.putInt(BatchHeader.CRC, (int) crc.getValue());
  }

  private void pollUntil(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).as("%s %s", heard, broker.fetcher).isNegative();
      reader.poll(Duration.ofMillis(20), heard);
    }
  }

  private void pollFor(Duration time) {
    long start = System.nanoTime();
    pollUntil(() -> System.nanoTime() - start > time.toNanos());
  }

  private Fetch awaitFetch(int number) {
    pollUntil(() -> broker.fetcher.size() > number);
    return broker.fetcher.get(number);
  }

  @Test
  void afterTheFirstFetch_onlyWhatChangedIsNamed() {
    reader.assign(Map.of(P0, 0L, P1, 7L));
    Fetch first = awaitFetch(0);
    assertThat(first.sessionId()).isZero();
    assertThat(first.epoch()).isZero();
    assertThat(first.topicId()).isEqualTo(broker.topicId);
    assertThat(first.wanted())
        .isEqualTo(Map.of(0, new Asked(0, EPOCH, -1), 1, new Asked(7, EPOCH, -1)));
    broker.answer(FetchScript.in(broker, 77).records(0, 3, batch(0, 3, 4)).records(1, 7).body());
    Fetch second = awaitFetch(1);
    assertThat(second.sessionId()).isEqualTo(77);
    assertThat(second.epoch()).isEqualTo(1);
    assertThat(second.wanted()).isEqualTo(Map.of(0, new Asked(3, EPOCH, 4)));
    assertThat(heard.log)
        .containsExactly("orders-0 [0,3) PASSED_THROUGH", "orders-0 3/3", "orders-1 7/7");
    broker.answer(FetchScript.in(broker, 77).body());
    assertThat(awaitFetch(2).wanted()).isEmpty();
  }

  @Test
  void pausedPartitions_leaveTheSession_andWhatArrivesMeanwhileIsKept() {
    reader.assign(Map.of(P0, 0L, P1, 0L));
    awaitFetch(0);
    reader.pause(Set.of(P0));
    broker.answer(FetchScript.in(broker, 77).records(0, 3, batch(0, 3, 4)).records(1, 0).body());
    Fetch second = awaitFetch(1);
    assertThat(second.forgotten()).containsExactly(0);
    assertThat(heard.log).containsExactly("orders-1 0/0");
    reader.resume(Set.of(P0));
    pollUntil(() -> heard.log.size() == 3);
    assertThat(heard.log.get(1)).isEqualTo("orders-0 [0,3) PASSED_THROUGH");
    broker.answer(FetchScript.in(broker, 77).body());
    assertThat(awaitFetch(2).wanted()).isEqualTo(Map.of(0, new Asked(3, EPOCH, 4)));
  }

  @Test
  void aReceiverThatPauses_getsNoMore_andTheRestOnceItGoesOn() {
    heard.onBatch = () -> reader.pause(Set.of(P0));
    reader.assign(Map.of(P0, 0L, P1, 0L));
    awaitFetch(0);
    broker.answer(
        FetchScript.in(broker, 77)
            .records(0, 9, batch(0, 3, 4), batch(3, 3, 4), batch(6, 3, 4))
            .records(1, 0)
            .body());
    assertThat(awaitFetch(1).forgotten()).containsExactly(0);
    assertThat(heard.log)
        .containsExactly("orders-0 [0,3) PASSED_THROUGH", "orders-0 3/9", "orders-1 0/0");
    for (int i = 1; i < 3; i++) {
      heard.log.clear();
      reader.resume(Set.of(P0));
      pollUntil(() -> heard.log.size() == 2);
      int from = 3 * i;
      assertThat(heard.log)
          .containsExactly(
              "orders-0 [%d,%d) PASSED_THROUGH".formatted(from, from + 3),
              "orders-0 %d/9".formatted(from + 3));
    }
    assertThat(broker.fetcher).as("nothing was fetched again").hasSize(2);
    reader.resume(Set.of(P0));
    broker.answer(FetchScript.in(broker, 77).body());
    assertThat(awaitFetch(2).wanted()).isEqualTo(Map.of(0, new Asked(9, EPOCH, 4)));
  }

  @Test
  void theRestOfWhatAReceiverPaused_isFilteredAsTheWhole() {
    heard.onBatch = () -> reader.pause(Set.of(P0));
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(
        FetchScript.in(broker, 77)
            .records(
                0,
                14,
                List.of(new Aborted(1, 0), new Aborted(1, 10)),
                transactional(0, 3),
                marker(3, ControlRecordType.ABORT),
                batch(4, 2, 4),
                transactional(6, 3),
                marker(9, ControlRecordType.COMMIT),
                transactional(10, 3),
                marker(13, ControlRecordType.ABORT))
            .body());
    pollUntil(() -> heard.log.size() == 2);
    reader.resume(Set.of(P0));
    pollUntil(() -> heard.log.size() == 4);
    reader.resume(Set.of(P0));
    pollUntil(() -> heard.log.size() == 5);
    assertThat(heard.log)
        .containsExactly(
            "orders-0 [4,6) PASSED_THROUGH",
            "orders-0 6/14",
            "orders-0 [6,9) PASSED_THROUGH",
            "orders-0 9/14",
            "orders-0 14/14");
  }

  @Test
  void aBrokerWithoutTheSession_isAskedForEverythingAgain() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 0).body());
    awaitFetch(1);
    broker.answer(FetchScript.failed(70)); // FETCH_SESSION_ID_NOT_FOUND
    Fetch again = awaitFetch(2);
    assertThat(again.sessionId()).isZero();
    assertThat(again.epoch()).isZero();
    assertThat(again.wanted()).containsOnlyKeys(0);
    broker.answer(FetchScript.in(broker, 78).records(0, 0).body());
    awaitFetch(3);
    broker.answer(FetchScript.failed(71)); // INVALID_FETCH_SESSION_EPOCH
    Fetch closing = awaitFetch(4);
    assertThat(closing.sessionId()).isEqualTo(78);
    assertThat(closing.epoch()).isZero();
    assertThat(closing.wanted()).containsOnlyKeys(0);
    broker.answer(FetchScript.in(broker, 0).records(0, 0).body());
    Fetch full = awaitFetch(5);
    assertThat(full.epoch()).isZero();
    assertThat(full.wanted()).containsOnlyKeys(0);
  }

  @Test
  void aBrokerWithoutSessions_isAskedFirstForWhatItHasNotServed() {
    Map<TopicPartition, Long> all = new HashMap<>();
    for (int partition = 0; partition < ScriptedBroker.PARTITIONS; partition++) {
      all.put(new TopicPartition(ScriptedBroker.TOPIC, partition), 0L);
    }
    reader.assign(all);
    List<Integer> served = new ArrayList<>();
    for (int round = 0; round < 2 * ScriptedBroker.PARTITIONS; round++) {
      Fetch fetch = awaitFetch(round);
      assertThat(fetch.epoch()).isZero();
      assertThat(fetch.wanted()).hasSize(ScriptedBroker.PARTITIONS);
      // as a broker whose fetch.max.bytes allow one batch
      Map.Entry<Integer, Asked> first = fetch.wanted().entrySet().iterator().next();
      served.add(first.getKey());
      long offset = first.getValue().offset();
      FetchScript answer =
          FetchScript.in(broker, 0).records(first.getKey(), 100, batch(offset, 1, 4));
      fetch.wanted().keySet().stream()
          .filter(partition -> !partition.equals(first.getKey()))
          .forEach(partition -> answer.records(partition, 100));
      broker.answer(answer.body());
    }
    assertThat(served.subList(0, ScriptedBroker.PARTITIONS)).doesNotHaveDuplicates();
    assertThat(served.subList(ScriptedBroker.PARTITIONS, served.size()))
        .isEqualTo(served.subList(0, ScriptedBroker.PARTITIONS));
  }

  @Test
  void whatWasAskedForAFormerAssignment_isNotDelivered() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    reader.assign(Map.of(P0, 10L));
    broker.answer(FetchScript.in(broker, 77).records(0, 20, batch(0, 10, 4)).body());
    Fetch second = awaitFetch(1);
    assertThat(heard.batches).isEmpty();
    assertThat(second.wanted()).isEqualTo(Map.of(0, new Asked(10, EPOCH, -1)));
  }

  @Test
  void anAssignmentAtTheOffsetThatTheBrokerKnows_isToldTheEnd() {
    reader.assign(Map.of(P0, 4L, P1, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 4).records(1, 0).body());
    awaitFetch(1);
    heard.log.clear();
    reader.release(Set.of(P0));
    reader.assign(Map.of(P0, 4L));
    pollFor(Duration.ofMillis(100));
    assertThat(heard.log).as("what the broker said before may not be true any more").isEmpty();
    broker.answer(FetchScript.in(broker, 77).body());
    pollUntil(() -> heard.log.contains("orders-0 4/4"));
  }

  @Test
  void aLogThatPartsFromWhatWasRead_isATruncation() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 9, batch(0, 5, 2), batch(5, 4, 3)).body());
    assertThat(awaitFetch(1).wanted()).isEqualTo(Map.of(0, new Asked(9, EPOCH, 3)));
    // the leader's epoch 2 ends at 8, but here it ended at 5
    broker.answer(FetchScript.in(broker, 77).cut(0, 2, 8).body());
    pollUntil(() -> heard.log.contains("orders-0 gap 9..5 TRUNCATION"));
    assertThat(((EpochSourceReader) reader).leaderEpoch(P0, 5)).hasValue(2);
    // the next fetch from there is compared again: what was read before may diverge as well
    reader.release(Set.of(P0));
    reader.assign(Map.of(P0, 5L));
    assertThat(awaitFetch(2).wanted()).isEqualTo(Map.of(0, new Asked(5, EPOCH, 2)));
    broker.answer(FetchScript.in(broker, 77).cut(0, 2, 3).body());
    pollUntil(() -> heard.log.contains("orders-0 gap 5..3 TRUNCATION"));
  }

  @Test
  void whereTheLeaderParts_fromWhatNobodyRead_itsOwnEpochIsComparedNext() {
    EpochSourceReader compares = (EpochSourceReader) reader;
    compares.assignAt(Map.of(P0, new SourcePosition(1_000, OptionalInt.of(3))));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).cut(0, 2, 600).body());
    pollUntil(() -> heard.log.contains("orders-0 gap 1000..600 TRUNCATION"));
    assertThat(compares.leaderEpoch(P0, 600)).hasValue(2);
    reader.release(Set.of(P0));
    reader.assign(Map.of(P0, 600L));
    assertThat(awaitFetch(1).wanted()).isEqualTo(Map.of(0, new Asked(600, EPOCH, 2)));
  }

  @Test
  void theEpochThatTheProgressKept_isComparedByTheFirstFetch() {
    ((EpochSourceReader) reader).assignAt(Map.of(P0, new SourcePosition(1_000, OptionalInt.of(3))));
    assertThat(awaitFetch(0).wanted()).isEqualTo(Map.of(0, new Asked(1_000, EPOCH, 3)));
    // all of the leader's log is younger, and begins at 0
    broker.answer(FetchScript.in(broker, 77).cut(0, 3, 0).body());
    pollUntil(() -> heard.log.contains("orders-0 gap 1000..0 TRUNCATION"));
  }

  @Test
  void whatAFormerReaderRead_isComparedByTheNext() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 9, batch(0, 5, 2), batch(5, 4, 3)).body());
    awaitFetch(1);
    assertThat(((EpochSourceReader) reader).leaderEpoch(P0, 9)).hasValue(3);
    assertThat(((EpochSourceReader) reader).leaderEpoch(P0, 5)).hasValue(2);
    reader.close();
    reader = reader(1 << 20);
    reader.assign(Map.of(P0, 9L));
    assertThat(awaitFetch(2).wanted()).isEqualTo(Map.of(0, new Asked(9, EPOCH, 3)));
  }

  @Test
  void aLeaderThatMoved_isLookedForAndTheFetchGoesOn() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.leaderEpoch = 6;
    broker.answer(FetchScript.in(broker, 77).error(0, 74).body()); // FENCED_LEADER_EPOCH
    assertThat(awaitFetch(1).wanted()).isEqualTo(Map.of(0, new Asked(0, 6, -1)));
    assertThat(heard.log).isEmpty();
  }

  @Test
  void anotherTopicOfTheSameName_isAGap() {
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 3, batch(0, 3, 4)).body());
    awaitFetch(1);
    FetchScript unknown = FetchScript.in(broker, 77).error(0, 100); // UNKNOWN_TOPIC_ID
    broker.topicId = Uuid.randomUuid();
    broker.answer(unknown.body());
    pollUntil(() -> heard.log.contains("orders-0 gap 3..0 RECREATED"));
  }

  @Test
  void unknownAttributes_failThePartition_behindWhatCameBefore() {
    ByteBuffer odd = batch(3, 1, 4);
    odd.putShort(BatchHeader.ATTRIBUTES, (short) 0x80);
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 4, batch(0, 3, 4), odd).body());
    pollUntil(() -> heard.log.size() == 2);
    assertThat(heard.log.get(0)).isEqualTo("orders-0 [0,3) PASSED_THROUGH");
    assertThat(heard.log.get(1)).startsWith("orders-0 failed").contains("offset 3", "0x0080");
  }

  @Test
  void aDamagedSmallBatch_isNeverSealedAnew() {
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = batch(i, 1, 4);
    }
    int last = small[5].limit() - 1;
    small[5].put(last, (byte) (small[5].get(last) ^ 1));
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.log.size() == 2);
    assertThat(heard.log.get(0)).isEqualTo("orders-0 [0,5) COALESCED");
    assertThat(heard.log.get(1)).startsWith("orders-0 failed").contains("offset 5", "CRC");
  }

  @Test
  void aSmallBatchThatCanNotBeOpened_passesAsItIs_andThoseAroundItAreMerged() {
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = batch(i, 1, 4);
    }
    seal(small[5].put(BatchHeader.SIZE, (byte) 2)); // its record's length field is one byte
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.log.size() >= 3);
    assertThat(heard.log.subList(0, 3))
        .containsExactly(
            "orders-0 [0,5) COALESCED",
            "orders-0 [5,6) PASSED_THROUGH",
            "orders-0 [6,8) COALESCED");
    assertThat(heard.batches.get(1).encoded().orElseThrow()).isEqualTo(small[5]);
  }

  @Test
  void damageThatMakesABatchLookLikeOneToSkip_failsThePartition() {
    ByteBuffer control = batch(3, 3, 4);
    control.putShort(BatchHeader.ATTRIBUTES, (short) BatchHeader.CONTROL);
    ByteBuffer empty = batch(3, 3, 4).putInt(BatchHeader.RECORD_COUNT, 0);
    ByteBuffer aborted = transactional(3, 3).putLong(BatchHeader.PRODUCER_ID, 2);
    for (ByteBuffer damaged : List.of(control, empty, aborted)) {
      failsAt(damaged);
    }
  }

  @Test
  void aDamagedMarker_failsThePartition() {
    ByteBuffer abort = marker(3, ControlRecordType.ABORT);
    int type = BatchHeader.SIZE + 8;
    assertThat(abort.get(type)).isEqualTo((byte) ControlRecordType.ABORT.type());
    abort.put(type, (byte) ControlRecordType.COMMIT.type());
    failsAt(abort);
    failsAt(marker(3, ControlRecordType.ABORT).putInt(BatchHeader.LAST_OFFSET_DELTA, 100));
  }

  @Test
  void damageThatMakesABatchEndBeforeThePosition_failsThePartition() {
    reader.assign(Map.of(P0, 2L));
    awaitFetch(0);
    ByteBuffer damaged = batch(0, 3, 4).putInt(BatchHeader.LAST_OFFSET_DELTA, 0);
    broker.answer(FetchScript.in(broker, 77).records(0, 6, damaged, batch(3, 3, 4)).body());
    pollUntil(() -> !heard.log.isEmpty());
    assertThat(heard.log.get(0)).startsWith("orders-0 failed").contains("offset 0", "CRC");
  }

  /**
   * Checks that the reader passes on only what is before a damaged batch of three offsets from 3
   * on.
   */
  private void failsAt(ByteBuffer damaged) {
    heard.log.clear();
    heard.batches.clear();
    int fetcher = broker.fetcher.size();
    reader.assign(Map.of(P0, 0L));
    awaitFetch(fetcher);
    broker.answer(
        FetchScript.in(broker, 0)
            .records(0, 9, List.of(new Aborted(2, 3)), batch(0, 3, 4), damaged, batch(6, 3, 4))
            .body());
    pollUntil(() -> heard.log.stream().anyMatch(line -> line.contains("failed")));
    assertThat(heard.batches)
        .singleElement()
        .satisfies(one -> assertThat(one.nextOffset()).isEqualTo(3));
    assertThat(heard.log.get(heard.log.size() - 1))
        .startsWith("orders-0 failed")
        .contains("offset " + damaged.getLong(BatchHeader.BASE_OFFSET), "CRC");
    reader.release(Set.of(P0));
  }

  @Test
  void smallBatchesThatGrowLargeWhenOpened_areMergedInPieces() {
    ByteBuffer[] small = new ByteBuffer[60];
    for (int i = 0; i < small.length; i++) {
      small[i] = blank(i, 40_000);
    }
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 60, small).body());
    pollUntil(() -> heard.log.contains("orders-0 60/60"));
    assertThat(heard.log)
        .startsWith(
            "orders-0 [0,27) COALESCED",
            "orders-0 [27,54) COALESCED",
            "orders-0 [54,60) COALESCED");
  }

  @Test
  void aSmallBatchThatIsLargeWhenOpened_isPassedBetweenMergedOnes() {
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = blank(i, i == 5 ? 100_000 : 40_000);
    }
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.log.contains("orders-0 8/8"));
    assertThat(heard.log)
        .startsWith(
            "orders-0 [0,5) COALESCED",
            "orders-0 [5,6) PASSED_THROUGH",
            "orders-0 [6,8) COALESCED");
  }

  /** Returns a batch of one record that compresses to nearly nothing. */
  private static ByteBuffer blank(long offset, int size) {
    ReplicationRecord record =
        ReplicationRecord.of(offset, 1_000, null, new byte[size], new RecordHeaders());
    return BatchEncoder.encode(List.of(record), Compression.of(Codec.ZSTD), 1 << 20)
        .get(0)
        .batch()
        .putInt(BatchHeader.LEADER_EPOCH, 4);
  }

  @Test
  void withoutCoalescing_everyByteIsAsItWas() {
    reader.close();
    reader = reader(1 << 20, false);
    heard.hoards = true;
    ByteBuffer[] small = new ByteBuffer[8];
    for (int i = 0; i < small.length; i++) {
      small[i] = batch(i, 1, 4);
    }
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    broker.answer(FetchScript.in(broker, 77).records(0, 8, small).body());
    pollUntil(() -> heard.batches.size() == 8);
    assertThat(heard.batches)
        .extracting(batch -> batch.encoded().orElseThrow())
        .containsExactly(small);
  }

  @Test
  void nothingIsFetchedWhileTooMuchIsLent_untilItIsGivenBack() {
    reader.close();
    reader = reader(1 << 20);
    heard.hoards = true;
    reader.assign(Map.of(P0, 0L));
    awaitFetch(0);
    // one buffer that takes the whole bound, half of it in use
    ByteBuffer large = ByteBuffer.allocate(600_000).put(batch(0, 3, 4));
    large.clear().putInt(BatchHeader.LENGTH, 600_000 - BatchHeader.LOG_OVERHEAD);
    broker.answer(FetchScript.in(broker, 77).records(0, 9, large).body());
    pollUntil(() -> heard.log.size() == 2);
    reader.poll(Duration.ofMillis(20), heard);
    assertThat(broker.fetcher).hasSize(1);
    heard.batches.get(0).release();
    awaitFetch(1);
    assertThat(heard.batches.get(0).handling()).isEqualTo(BatchHandling.PASSED_THROUGH);
  }

  @Test
  void anAnswerThatThereIsNoMemoryFor_isAskedForInSmallerPieces() {
    reader.close();
    ScarcePool memory = new ScarcePool();
    reader = reader(16 << 20, true, memory.pool());
    reader.assign(Map.of(P0, 0L));
    int most = awaitFetch(0).maxBytes();
    assertThat(most).isGreaterThan(3 << 20);
    memory.largest(256 * 1024);
    ByteBuffer large = ByteBuffer.allocate(600_000).put(batch(0, 3, 4));
    large.clear().putInt(BatchHeader.LENGTH, 600_000 - BatchHeader.LOG_OVERHEAD);
    broker.answer(FetchScript.in(broker, 77).records(0, 9, large).body());
    Fetch smaller = awaitFetch(1);
    assertThat(smaller.maxBytes()).isLessThan(512 * 1024);
    assertThat(smaller.wanted().get(0).offset()).isZero();
    broker.answer(FetchScript.in(broker, 78).records(0, 9, batch(0, 3, 4)).body());
    pollUntil(() -> !heard.batches.isEmpty());
    assertThat(heard.log).contains("orders-0 [0,3) PASSED_THROUGH");
  }

  /** Records the calls, a line each. */
  private static final class Heard implements SourceReader.Receiver {
    final List<String> log = new ArrayList<>();
    final List<ReplicationBatch> batches = new ArrayList<>();
    boolean hoards;
    Runnable onBatch = () -> {};

    @Override
    public void batch(ReplicationBatch batch) {
      log.add(
          "%s [%d,%d) %s"
              .formatted(
                  batch.partition(), batch.firstOffset(), batch.nextOffset(), batch.handling()));
      batches.add(batch);
      if (!hoards) {
        batch.release();
      }
      onBatch.run();
    }

    @Override
    public void position(TopicPartition partition, long next, long end) {
      log.add(partition + " " + next + "/" + end);
    }

    @Override
    public void gap(TopicPartition partition, long from, long to, GapCause cause) {
      log.add(partition + " gap " + from + ".." + to + " " + cause);
    }

    @Override
    public void failed(TopicPartition partition, ReplicationException cause) {
      log.add(partition + " failed " + cause.getMessage());
    }

    @Override
    public String toString() {
      return log.toString();
    }
  }
}
