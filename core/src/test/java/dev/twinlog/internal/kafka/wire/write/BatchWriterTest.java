package dev.twinlog.internal.kafka.wire.write;

import static dev.twinlog.internal.kafka.wire.write.WriterRig.decoded;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.encoded;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.expected;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.failure;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.handling;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.record;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.records;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.route;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.runs;
import static dev.twinlog.internal.kafka.wire.write.WriterRig.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.batch.Codec;
import dev.twinlog.internal.batch.Compression;
import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.internal.kafka.wire.write.batch.InFlightBatches;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.OffsetRun;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.WriteAck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.protocol.Errors;
import org.junit.jupiter.api.Test;

/** Tests when batches are sent, in which order, and how they are acknowledged. */
final class BatchWriterTest extends WriterCase {
  private int underWay() {
    return rig.target.requests(FakeTarget.FIRST).size();
  }

  @Test
  void theFirstBatchOfASession_travelsAlone_thenFiveAreUnderWay() {
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    stages.add(rig.write(ROUTE, 0, 10));
    rig.poll();
    stages.addAll(writes(1));
    assertThat(underWay()).isEqualTo(1);
    rig.target.answer(FakeTarget.FIRST);
    stages.addAll(
        List.of(rig.write(ROUTE, 20, 30), rig.write(ROUTE, 30, 40), rig.write(ROUTE, 40, 50)));
    rig.poll();
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(values(partition)).isEqualTo(expected(0, 50));
  }

  @Test
  void fiveAndNoMore_areUnderWay_andWhatCannotGoIsMerged_withExactRuns() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(5);
    assertThat(underWay()).isEqualTo(5);
    for (int i = 6; i <= 20; i++) {
      stages.add(rig.write(ROUTE, 10 * i, 10 * i + 10));
      rig.poll();
    }
    assertThat(underWay()).isEqualTo(5);
    rig.settle();
    for (int i = 0; i < 20; i++) {
      long first = 10L * i + 10;
      assertThat(runs(stages.get(i))).containsExactly(new OffsetRun(first, first, 10));
    }
    assertThat(handling(stages.get(0))).isEqualTo(BatchHandling.PASSED_THROUGH);
    assertThat(handling(stages.get(10))).isEqualTo(BatchHandling.COALESCED);
    assertThat(partition.appended()).hasSizeLessThan(12);
    assertThat(values(partition)).isEqualTo(expected(0, 210));
  }

  @Test
  void whatIsLargeWhenOpened_isMergedInPieces() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(5);
    for (int i = 60; i < 160; i++) {
      ReplicationRecord blank =
          ReplicationRecord.of(i, 1_000_000, null, new byte[100_000], record(0, 0).headers());
      ByteBuffer bytes = WriterRig.bytes(List.of(blank), Compression.of(Codec.ZSTD));
      stages.add(rig.write(ROUTE, ReplicationBatch.ofEncoded(ROUTE.source(), bytes)));
    }
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(runs(stages.get(104))).containsExactly(new OffsetRun(159, 159, 1));
    assertThat(partition.appended().subList(6, partition.appended().size()))
        .extracting(FakePartition.Appended::records)
        .containsExactly(42, 42, 16);
  }

  @Test
  void whenTheHeadFails_allAreAnsweredFirst_thenTheyGoAgainOneByOne() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(5);
    rig.target.answer(FakeTarget.FIRST, p -> Errors.NOT_ENOUGH_REPLICAS);
    rig.writer.poll(Duration.ofMillis(10));
    rig.target.pass(5_000_000_000L);
    rig.poll();
    assertThat(underWay()).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      rig.target.answer(FakeTarget.FIRST); // out of order
    }
    assertThat(partition.records()).hasSize(10);
    rig.target.pass(5_000_000_000L);
    rig.poll();
    assertThat(underWay()).isEqualTo(1);
    rig.target.answer(FakeTarget.FIRST);
    assertThat(stages.get(0)).isCompleted();
    rig.poll();
    assertThat(underWay()).isEqualTo(1);
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(values(partition)).isEqualTo(expected(0, 60));
  }

  @Test
  void anAnswerThatGotLost_isAskedForAgain_andGivesTheOriginalOffset() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(5);
    var unused = rig.target.cut(FakeTarget.FIRST, 3);
    assertThat(stages).noneMatch(CompletableFuture::isDone);
    rig.settle();
    assertThat(values(partition)).isEqualTo(expected(0, 60));
    assertThat(runs(stages.get(2))).containsExactly(new OffsetRun(30, 30, 10));
  }

  @Test
  void whatABrokerStillDoesOfALostConnection_isNoDuplicate() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(5);
    List<Request> lost = rig.target.cut(FakeTarget.FIRST, 0);
    rig.target.straggle(FakeTarget.FIRST, lost.get(0));
    rig.target.straggle(FakeTarget.FIRST, lost.get(1));
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(values(partition)).isEqualTo(expected(0, 60));
  }

  @Test
  void aLeaderThatMoves_isFollowed_whenEverythingUnderWayIsAnswered() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(5);
    rig.target.answer(FakeTarget.FIRST);
    rig.target.lead(ROUTE.target(), FakeTarget.SECOND);
    rig.target.refresh();
    stages.add(rig.write(ROUTE, 60, 70));
    rig.poll();
    assertThat(rig.target.requests(FakeTarget.SECOND)).isEmpty();
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(values(partition)).isEqualTo(expected(0, 70));
  }

  @Test
  void aLaterBatchThatLands_thoughAnEarlierOneWasRefused_breaksTheOrder() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(3);
    rig.target.answer(FakeTarget.FIRST, p -> Errors.NOT_ENOUGH_REPLICAS);
    partition.forgetProducers();
    rig.target.answer(FakeTarget.FIRST);
    assertThat(stages.get(0)).isNotDone();
    rig.target.answer(FakeTarget.FIRST);
    assertThat(failure(stages.get(0)))
        .isInstanceOf(PartitionFailedException.class)
        .hasMessageContaining("the order in the target is broken");
    assertThat(stages).allMatch(CompletableFuture::isCompletedExceptionally);
  }

  @Test
  void outOfOrderOnTheHead_opensTheRouteAgain_underTheNextEpoch() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(2);
    rig.target.answer(FakeTarget.FIRST, p -> Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assertThat(stages.get(0)).isNotDone(); // the second one is in flight
    rig.target.answer(FakeTarget.FIRST, p -> Errors.OUT_OF_ORDER_SEQUENCE_NUMBER);
    assertThat(failure(stages.get(0))).isInstanceOf(RetriableException.class);
    assertThat(failure(stages.get(1))).isInstanceOf(RetriableException.class);
    assertThat(failure(rig.write(ROUTE, 30, 40))).hasMessageContaining("reopening");
    rig.writer.open(ROUTE);
    CompletableFuture<WriteAck> again = rig.write(ROUTE, 10, 20);
    rig.settle();
    assertThat(runs(again)).containsExactly(new OffsetRun(10, 10, 10));
    FakePartition.Appended last = partition.appended().get(1);
    assertThat(last.epoch()).isEqualTo((short) 1);
    assertThat(last.sequence()).isZero();
    assertThat(last.producerId()).isEqualTo(partition.appended().get(0).producerId());
  }

  @Test
  void anErrorThatTheBrokerCannotExplain_opensTheRouteAgain_andBlamesNoOrder() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(3);
    rig.target.appendAndAnswer(FakeTarget.FIRST, Errors.UNKNOWN_SERVER_ERROR);
    rig.target.answerAll();
    assertThat(failure(stages.get(0)))
        .isInstanceOf(RetriableException.class)
        .hasMessageContainingAll("unknown whether", "offset 10 of s-0");
    assertThat(failure(stages.get(2))).isInstanceOf(RetriableException.class);
  }

  @Test
  void aStageCompletes_onlyWhenNoRequestReadsItsBytes() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(3);
    CompletableFuture<WriteAck> waiting = rig.write(ROUTE, 40, 50);
    rig.writer.abandon(ROUTE);
    assertThat(waiting).isCompletedExceptionally();
    assertThat(stages).noneMatch(CompletableFuture::isDone);
    rig.target.answer(FakeTarget.FIRST);
    assertThat(stages.get(0)).isCompleted();
    rig.poll();
    assertThat(underWay()).isEqualTo(2);
    rig.target.pass(Duration.ofSeconds(3).toNanos());
    rig.poll(); // closes the connection
    assertThat(underWay()).isZero();
    assertThat(failure(stages.get(2))).isInstanceOf(RetriableException.class);
  }

  @Test
  void twoRoutesIntoOnePartition_haveDifferentIds() {
    Route other = route(1, 0);
    rig.writer.open(other);
    CompletableFuture<WriteAck> one = rig.write(ROUTE, 0, 10);
    CompletableFuture<WriteAck> two = rig.write(other, 0, 10);
    rig.settle();
    assertThat(one).isCompleted();
    assertThat(two).isCompleted();
    assertThat(partition.appended())
        .extracting(FakePartition.Appended::producerId)
        .doesNotHaveDuplicates();
  }

  @Test
  void manyPartitionsShareARequest_withinItsLimit() {
    List<Route> routes = new ArrayList<>();
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 1; i <= 40; i++) {
      routes.add(route(i, i));
      var unused = rig.open(route(i, i));
    }
    for (Route route : routes) {
      List<ReplicationRecord> large = List.of(sized(0, 9_000));
      stages.add(rig.write(route, ReplicationBatch.of(route.source(), large)));
    }
    rig.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(rig.target.sizes()).allSatisfy(n -> assertThat(n).isLessThan(WriterRig.MAX_REQUEST));
    assertThat(rig.target.sizes()).hasSizeLessThan(10);
  }

  @Test
  void manyPartitionsShareARequest_ofModerateSize_whateverIsAllowed() {
    WriterRig wide = new WriterRig(Optional.empty(), 64 << 20);
    List<CompletableFuture<WriteAck>> stages = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      var unused = wide.open(route(i, i));
    }
    for (int i = 0; i < 40; i++) {
      List<ReplicationRecord> large = List.of(sized(0, 150_000));
      stages.add(wide.write(route(i, i), ReplicationBatch.of(route(i, i).source(), large)));
    }
    wide.settle();
    assertThat(stages).allSatisfy(stage -> assertThat(stage).isCompleted());
    assertThat(wide.target.sizes()).allSatisfy(n -> assertThat(n).isLessThan(4 << 20));
    assertThat(wide.target.sizes()).hasSizeLessThan(10);
  }

  @Test
  void aBatchThatIsTooLarge_isSplitDownToTheRecord() {
    partition.maxBytes(100);
    CompletableFuture<WriteAck> stage = rig.write(ROUTE, 0, 64);
    CompletableFuture<WriteAck> behind = rig.write(ROUTE, 64, 65);
    rig.settle();
    assertThat(runs(stage)).containsExactly(new OffsetRun(0, 0, 64));
    assertThat(handling(stage)).isEqualTo(BatchHandling.SPLIT);
    assertThat(behind).isCompleted();
    assertThat(values(partition)).isEqualTo(expected(0, 65));
  }

  @Test
  void aBatchWithHoles_isBuiltAnew_andItsRunsAreExact() {
    List<ReplicationRecord> records = List.of(record(5, 1), record(6, 2), record(9, 3));
    CompletableFuture<WriteAck> stage =
        rig.write(ROUTE, ReplicationBatch.of(ROUTE.source(), records));
    rig.settle();
    assertThat(runs(stage)).containsExactly(new OffsetRun(5, 0, 2), new OffsetRun(9, 2, 1));
    assertThat(handling(stage)).isEqualTo(BatchHandling.DECODED);
  }

  @Test
  void aRecordThatTheTopicRefuses_isNotSent() {
    rig.topics.limits("t", new TopicLimits(1_000, true, Long.MAX_VALUE, Long.MAX_VALUE, true));
    List<ReplicationRecord> records = new ArrayList<>(records(0, 5));
    records.add(ReplicationRecord.of(5, 1, null, new byte[1], record(0, 0).headers()));
    CompletableFuture<WriteAck> stage =
        rig.write(ROUTE, ReplicationBatch.of(ROUTE.source(), records));
    rig.settle();
    assertThat(failure(stage)).hasMessageContainingAll("offset 5 of s-0", "no key");
    assertThat(values(partition)).isEqualTo(expected(0, 5));
  }

  @Test
  void recompressed_isEverythingAnew() {
    WriterRig other = new WriterRig(Optional.of(Compression.of(Codec.ZSTD, 3)));
    FakePartition there = other.open(ROUTE);
    CompletableFuture<WriteAck> one = other.write(ROUTE, encoded(ROUTE, 0, 50));
    other.settle();
    CompletableFuture<WriteAck> two = other.write(ROUTE, decoded(ROUTE, 50, 60));
    other.settle();
    assertThat(handling(one)).isEqualTo(BatchHandling.RECOMPRESSED);
    assertThat(handling(two)).isEqualTo(BatchHandling.DECODED);
    assertThat(values(there)).isEqualTo(expected(0, 60));
  }

  @Test
  void sequencesWrap() {
    assertThat(InFlightBatches.after(Integer.MAX_VALUE - 4, 5)).isZero();
    assertThat(InFlightBatches.after(Integer.MAX_VALUE, 10)).isEqualTo(9);
    assertThat(InFlightBatches.after(7, 5)).isEqualTo(12);
  }

  @Test
  void connectionsThatFail_areReplaced_andCredentialsThatNeverWereTakenAreTheLinksEnd() {
    WriterRig fresh = new WriterRig();
    fresh.target.breakWith(new KafkaException("selector", new IOException("too many open files")));
    assertThatThrownBy(fresh::poll).isInstanceOf(RetriableException.class);
    fresh.target.breakWith(new SaslAuthenticationException("who are you"));
    assertThatThrownBy(fresh::poll).isInstanceOf(LinkFailedException.class);
  }

  @Test
  void credentialsThatWereTakenBefore_areTriedAgain() {
    rig.target.breakWith(new SaslAuthenticationException("who are you"));
    assertThatThrownBy(rig::poll)
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("it was granted before");
  }

  @Test
  void close_completesEverything() {
    prove();
    List<CompletableFuture<WriteAck>> stages = writes(7);
    rig.writer.close();
    assertThat(stages).allMatch(CompletableFuture::isDone);
    assertThat(failure(rig.write(ROUTE, 0, 1))).hasMessageContaining("closed");
  }
}
