package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.failure;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.record;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.records;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.runs;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartialWriteException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.WriteAck;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Tests batches that brokers refuse: what is split, named, sent again, and what stops. */
final class RefusedBatchesTest extends WriterCase {
  @Test
  void aRecordThatIsTooLargeAlone_isNamed_andWhatIsBeforeItHasLanded() {
    prove();
    partition.maxBytes(2_000);
    List<ReplicationRecord> records = new ArrayList<>(records(10, 17));
    records.add(sized(17, 5_000));
    records.addAll(records(18, 30));
    ByteBuffer bytes = WriterRig.bytes(records, Compression.NONE);
    CompletableFuture<WriteAck> stage =
        rig.write(ROUTE, ReplicationBatch.ofEncoded(ROUTE.source(), bytes));
    rig.settle();
    assertThat(failure(stage))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("offset 17 of s-0")
        .hasMessageContaining("max.message.bytes");
    assertThat(exception(stage))
        .isInstanceOfSatisfying(
            PartialWriteException.class,
            partly -> {
              assertThat(partly.records()).isEqualTo(7);
              assertThat(partly.sourceNext()).isEqualTo(17);
            });
    assertThat(values(partition)).isEqualTo(expected(0, 17));
  }

  private static Throwable exception(CompletableFuture<WriteAck> stage) {
    return stage.handle((ack, error) -> error).join();
  }

  @Test
  void aRecordThatTheBrokerRefuses_isFound() {
    prove();
    partition.refuse(77);
    List<ReplicationRecord> records = new ArrayList<>(records(10, 40));
    records.set(23, record(33, 77));
    ByteBuffer bytes = WriterRig.bytes(records, Compression.of(Codec.GZIP));
    CompletableFuture<WriteAck> stage =
        rig.write(ROUTE, ReplicationBatch.ofEncoded(ROUTE.source(), bytes));
    CompletableFuture<WriteAck> behind = rig.write(ROUTE, 40, 50);
    rig.settle();
    assertThat(failure(stage))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("write offset 33 of s-0 to t-0");
    assertThat(failure(behind)).isInstanceOf(RetriableException.class);
    assertThat(values(partition)).isEqualTo(expected(0, 33));
  }

  @Test
  void aDamagedBatch_isRefusedByTheTarget_andNamed() {
    prove();
    ByteBuffer bytes = WriterRig.bytes(records(10, 40), Compression.of(Codec.LZ4));
    bytes.put(90, (byte) (bytes.get(90) ^ 4));
    CompletableFuture<WriteAck> stage =
        rig.write(ROUTE, ReplicationBatch.ofEncoded(ROUTE.source(), bytes));
    rig.settle();
    assertThat(failure(stage))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContainingAll("s-0", "10 to 39", "damaged");
    assertThat(partition.records()).hasSize(10);
  }

  @Test
  void aDamagedRecordThatTheBrokerRefusesForAnotherReason_stopsItsPartitionOnly() {
    for (Errors error : List.of(Errors.MESSAGE_TOO_LARGE, Errors.INVALID_RECORD)) {
      ByteBuffer bytes = WriterRig.bytes(records(0, 1), Compression.of(Codec.LZ4));
      bytes.put(bytes.limit() - 1, (byte) (bytes.get(bytes.limit() - 1) ^ 4));
      CompletableFuture<WriteAck> stage =
          rig.write(ROUTE, ReplicationBatch.ofEncoded(ROUTE.source(), bytes));
      rig.poll();
      rig.target.answer(FakeTarget.FIRST, p -> error);
      assertThat(failure(stage))
          .isInstanceOf(PartitionFailedException.class)
          .hasMessageContainingAll("s-0 with the offsets 0 to 0", "CRC-32C");
      rig.writer.open(ROUTE);
    }
  }

  @Test
  void corruptionOnTheWayOnly_isSentAgain() {
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 10);
    rig.poll();
    rig.target.answer(FakeTarget.FIRST, p -> Errors.CORRUPT_MESSAGE);
    rig.settle();
    assertThat(stage).isCompleted();
  }

  @Test
  void aDamagedBatchThatWouldBeMerged_isNeverSealed() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(5);
    for (int i = 6; i <= 8; i++) {
      stages.add(rig.write(ROUTE, 10 * i, 10 * i + 10));
    }
    ByteBuffer bytes = WriterRig.bytes(records(90, 100), Compression.of(Codec.LZ4));
    bytes.put(bytes.limit() - 1, (byte) (bytes.get(bytes.limit() - 1) ^ 4));
    CompletableFuture<WriteAck> damaged =
        rig.write(ROUTE, ReplicationBatch.ofEncoded(ROUTE.source(), bytes));
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(failure(damaged)).hasMessageContainingAll("90 to 99", "damaged");
    assertThat(values(partition)).isEqualTo(expected(0, 90));
  }

  @Test
  void missingPermission_stopsThePartition() {
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 10);
    rig.poll();
    rig.target.answer(FakeTarget.FIRST, p -> Errors.TOPIC_AUTHORIZATION_FAILED);
    assertThat(failure(stage))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("WRITE on Topic t");
  }

  @Test
  void aTopicThatWasCreatedAgain_isNotWritten() {
    prove();
    rig.target.recreate("t");
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 10, 20);
    rig.settle();
    assertThat(stage).isNotDone(); // the engine checks the topic first
    rig.target.pass(Duration.ofSeconds(40).toNanos());
    rig.settle();
    assertThat(failure(stage))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("deleted and created again");
    assertThat(partition.records()).hasSize(10);
    rig.writer.open(ROUTE);
    CompletableFuture<WriteAck> resumed = rig.write(ROUTE, 10, 20);
    rig.settle();
    assertThat(resumed).isCompleted();
  }

  @Test
  void topicsAreNamedById_whereTheBrokerCan() {
    rig.target.produceVersion(13);
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 10);
    rig.settle();
    assertThat(runs(stage)).containsExactly(new OffsetRun(0, 0, 10));
  }
}
