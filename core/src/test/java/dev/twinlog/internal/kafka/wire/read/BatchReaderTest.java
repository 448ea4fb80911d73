package dev.twinlog.internal.kafka.wire.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.wire.message.FetchResponse.Aborted;
import dev.twinlog.internal.kafka.wire.net.ScarcePool;
import dev.twinlog.internal.kafka.wire.read.ScriptedBroker.Asked;
import dev.twinlog.internal.kafka.wire.read.ScriptedBroker.Fetch;
import dev.twinlog.spi.EpochSourceReader;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.junit.jupiter.api.Test;

/** Tests what a reader requests in its fetch sessions, and what it delivers. */
final class BatchReaderTest extends ScriptedRead {
  private static final TopicPartition P1 = new TopicPartition(ScriptedBroker.TOPIC, 1);

  private void pollFor(Duration time) {
    long start = System.nanoTime();
    pollUntil(() -> System.nanoTime() - start > time.toNanos());
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
}
