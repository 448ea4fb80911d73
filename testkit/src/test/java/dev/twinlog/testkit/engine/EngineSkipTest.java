package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.PartitionMapper;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SkippedOffsets.Range;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.spi.Translation;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests which records are left out of the copy, and what a link says of them. */
final class EngineSkipTest extends EngineCase {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final TopicPartition NOWHERE = new TopicPartition("nowhere", 3);

  private final List<String> skipped = new ArrayList<>();

  @BeforeEach
  void createTopic() {
    east.createTopic("orders", 1);
  }

  private SteppedReplicator start() {
    return start(source, sink);
  }

  private SteppedReplicator start(Source from, InMemorySink to) {
    return start(builder().source(from).sink(to));
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link =
        link(
            builder.onEvent(
                new ReplicationListener() {
                  @Override
                  public void recordSkipped(TopicPartition source, long offset) {
                    skipped.add(source + " " + offset);
                  }

                  @Override
                  public void skippedRecordReplaced(TopicPartition source, long offset) {
                    skipped.add("replaced: " + source + " " + offset);
                  }
                }));
    link.start();
    link.advance(SECOND);
    return link;
  }

  private void send(int from, int to) {
    for (int i = from; i < to; i++) {
      east.append(ORDERS_0, "key-" + i, "value-" + i);
    }
  }

  private static void reject(InMemorySink to, String value) {
    to.rejectRecords(record -> value.equals(new String(record.value(), StandardCharsets.UTF_8)));
  }

  private static PartitionStatus orders(SteppedReplicator link) {
    return link.status().partitions().get(ORDERS_0);
  }

  private void resume(SteppedReplicator link) {
    link.replicator().resume(List.of(ORDERS_0));
    link.advance(SECOND);
  }

  /** The values of all records but these. */
  private List<String> allBut(Integer... left) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < east.endOffset(ORDERS_0); i++) {
      if (!List.of(left).contains(i)) {
        all.add("value-" + i);
      }
    }
    return all;
  }

  @Test
  void aRecordThatTheTargetRefuses_isLeftOut_alsoByTheNextRuns() {
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start();
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    link.replicator().skip(ORDERS_0, 7);
    link.advance(SECOND);
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    link.replicator().skip(ORDERS_0, 7);
    resume(link);
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
    assertThat(skipped).containsExactly("orders-0 7");
    assertThat(orders(link).skippedOffsets().ranges()).containsExactly(new Range(7, 8));
    assertThat(link.replicator().offsets().toTargets(ORDERS_0, 7).values())
        .containsExactly(new Translation.Exact(ORDERS_0, 7));
    assertThat(link.replicator().offsets().toTargets(ORDERS_0, 8).values())
        .containsExactly(new Translation.Exact(ORDERS_0, 7));
    link.close();
    send(20, 30);
    SteppedReplicator next = start(source, InMemorySink.to(west));
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
    assertThat(orders(next).skippedOffsets().ranges()).containsExactly(new Range(7, 8));
  }

  @Test
  void aSkip_isStored_beforeThePartitionIsResumed() {
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start();
    link.replicator().skip(ORDERS_0, 7);
    link.advance(SECOND);
    SteppedReplicator next = start(source, InMemorySink.to(west)); // takes it over
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
    assertThat(orders(next).skippedOffsets().count()).isEqualTo(1);
  }

  @Test
  void recordsOfAPausedPartition_areLeftOut_whereverTheyAre() {
    send(0, 10);
    SteppedReplicator link = start();
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 40);
    link.advance(Duration.ofSeconds(10));
    for (int offset : new int[] {12, 10, 39, 13, 11}) {
      link.replicator().skip(ORDERS_0, offset);
    }
    resume(link);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(10, 11, 12, 13, 39));
    assertThat(orders(link).skippedOffsets()).hasToString("[10, 14), [39, 40)");
    assertThat(orders(link).sourcePosition()).isEqualTo(40);
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
  }

  @Test
  void aBatchThatIsLeftOutWhole_isNotDecoded_andOneThatIsCutIs() {
    InMemorySource batches = InMemorySource.builder(east).lendBuffers().maxBatchRecords(10).build();
    send(0, 10);
    SteppedReplicator link = start(batches, sink);
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 40);
    link.advance(Duration.ofSeconds(10));
    for (int offset = 10; offset < 21; offset++) {
      link.replicator().skip(ORDERS_0, offset);
    }
    resume(link);
    assertThat(values(west, ORDERS_0))
        .isEqualTo(allBut(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20));
    assertThat(orders(link).handling())
        .containsEntry(BatchHandling.PARTIALLY_WRITTEN, 1L)
        .containsEntry(BatchHandling.PASSED_THROUGH, 2L);
    assertThat(batches.lent().released()).isEqualTo(batches.lent().delivered());
  }

  @Test
  void withAMapperByRecord_itIsLeftOutOfItsRoute() {
    west.createTopic("orders", 3);
    send(0, 10);
    SteppedReplicator link = start(builder().partitionMapper(PartitionMapper.keyHash()));
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 30);
    link.advance(Duration.ofSeconds(10));
    link.replicator().skip(ORDERS_0, 15);
    resume(link);
    List<String> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.addAll(values(west, new TopicPartition("orders", i)));
    }
    assertThat(all).containsExactlyInAnyOrderElementsOf(allBut(15));
  }

  @Test
  void afterACrash_recordsBehindASkippedOneAreFoundInTheTarget() {
    send(0, 10);
    SteppedReplicator link = start();
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 30);
    link.advance(Duration.ofSeconds(10));
    link.replicator().skip(ORDERS_0, 10);
    link.replicator().skip(ORDERS_0, 15);
    link.replicator().resume(List.of(ORDERS_0));
    link.advance(Duration.ofMillis(50));
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(10, 15));
    SteppedReplicator next = start(source, InMemorySink.to(west)); // nothing behind 10 was saved
    send(30, 31);
    next.advance(SECOND);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(10, 15));
    assertThat(orders(next).handling()).containsKey(BatchHandling.DECODED);
  }

  // A source that loses the record.

  /** The source, as one whose log has no leader epochs. */
  private record WithoutEpochs(Source source) implements Source {
    @Override
    public List<SourcePartition> partitions() {
      return source.partitions();
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return source.resolve(starts);
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return new ReaderWithoutEpochs(source.openReader(context));
    }
  }

  private record ReaderWithoutEpochs(SourceReader reader) implements SourceReader {
    @Override
    public void assign(Map<TopicPartition, Long> positions) {
      reader.assign(positions);
    }

    @Override
    public void release(Set<TopicPartition> partitions) {
      reader.release(partitions);
    }

    @Override
    public void pause(Set<TopicPartition> partitions) {
      reader.pause(partitions);
    }

    @Override
    public void resume(Set<TopicPartition> partitions) {
      reader.resume(partitions);
    }

    @Override
    public void poll(Duration maxWait, Receiver out) {
      reader.poll(maxWait, out);
    }

    @Override
    public void wakeup() {
      reader.wakeup();
    }

    @Override
    public void close() {
      reader.close();
    }
  }

  @Test
  void anotherRecordAtASkippedOffset_isCopied_alsoIfTheLossWasNotSeen() {
    send(0, 10);
    SteppedReplicator link = start();
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 20);
    link.advance(Duration.ofSeconds(10));
    link.replicator().skip(ORDERS_0, 12);
    link.replicator().skip(ORDERS_0, 15);
    link.advance(Duration.ofMillis(20));
    east.truncateAfter(ORDERS_0, 14); // behind what was copied: no loss for the link
    send(14, 25);
    link.advance(Duration.ofSeconds(10));
    link.replicator().skip(ORDERS_0, 17); // of the records that the source has now
    resume(link);
    link.advance(SECOND);
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(12, 17));
    assertThat(skipped)
        .containsExactly("orders-0 12", "orders-0 15", "orders-0 17", "replaced: orders-0 15");
    assertThat(orders(link).skippedOffsets()).hasToString("[12, 13), [17, 18)");
    link.close();
    SteppedReplicator next = start(source, InMemorySink.to(west));
    assertThat(orders(next).skippedOffsets()).hasToString("[12, 13), [17, 18)");
  }

  @Test
  void anotherRecordAtASkippedOffset_isCopied_alsoByTheNextRun() {
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start();
    link.replicator().skip(ORDERS_0, 7);
    link.advance(SECOND);
    link.close();
    east.truncateAfter(ORDERS_0, 3);
    for (int i = 3; i < 30; i++) {
      east.append(ORDERS_0, "key-" + i, "new-value-" + i);
    }
    SteppedReplicator next = start(source, InMemorySink.to(west));
    next.advance(Duration.ofSeconds(5));
    assertThat(orders(next).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, ORDERS_0)).contains("new-value-7").doesNotContain("value-7");
    assertThat(orders(next).skippedOffsets().isEmpty()).isTrue();
    assertThat(skipped).containsExactly("orders-0 7", "replaced: orders-0 7");
  }

  @Test
  void anOffsetThatIsSkippedOnceMore_isSkippedForTheRecordThatIsThereNow() {
    send(0, 10);
    SteppedReplicator link = start();
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 20);
    link.advance(Duration.ofSeconds(12));
    link.replicator().skip(ORDERS_0, 12);
    link.replicator().skip(ORDERS_0, 13);
    link.advance(SECOND);
    east.truncateAfter(ORDERS_0, 10);
    for (int i = 10; i < 20; i++) {
      east.append(ORDERS_0, "key-" + i, "new-value-" + i);
    }
    link.advance(Duration.ofSeconds(12));
    link.replicator().skip(ORDERS_0, 12);
    link.advance(SECOND);
    resume(link);
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, ORDERS_0)).contains("new-value-13").doesNotContain("new-value-12");
    assertThat(skipped).containsExactly("orders-0 12", "orders-0 13", "replaced: orders-0 13");
    assertThat(orders(link).skippedOffsets()).hasToString("[12, 13)");
  }

  @Test
  void withoutLeaderEpochs_anAcceptedTruncationEndsTheSkipsBehindIt() {
    send(0, 10);
    SteppedReplicator link = start(new WithoutEpochs(source), sink);
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 20);
    link.advance(Duration.ofSeconds(10));
    link.replicator().skip(ORDERS_0, 12);
    link.advance(SECOND);
    east.truncateAfter(ORDERS_0, 5);
    resume(link);
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    link.replicator().acceptLoss(List.of(ORDERS_0));
    link.advance(SECOND);
    assertThat(orders(link).acceptedLosses()).hasSize(1);
    assertThat(skipped).containsExactly("orders-0 12", "replaced: orders-0 12");
    for (int i = 5; i < 15; i++) {
      east.append(ORDERS_0, "key-" + i, "new-value-" + i);
    }
    link.advance(SECOND);
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, ORDERS_0)).contains("new-value-12");
    assertThat(orders(link).skippedOffsets().isEmpty()).isTrue();
  }

  // What is refused.

  private static void refused(
      SteppedReplicator link,
      TopicPartition partition,
      long offset,
      Class<? extends RuntimeException> type,
      String... why) {
    assertThatThrownBy(() -> link.replicator().skip(partition, offset))
        .isInstanceOf(type)
        .hasMessageContainingAll(why);
  }

  @Test
  void aPartitionThatIsCopied_isToBePausedFirst() {
    send(0, 10);
    SteppedReplicator link = start();
    refused(
        link,
        ORDERS_0,
        10,
        IllegalStateException.class,
        "offset 10 of orders-0 can't be skipped by link east-to-west: it is CAUGHT_UP",
        "pause the partition");
    assertThat(skipped).isEmpty();
  }

  @Test
  void anOffsetThatWasCopied_orThatTheSourceDoesNotHave_isRefused_andSaysWhere() {
    west.createTopic("orders", 1);
    west.append(ORDERS_0, "other", "other");
    send(0, 10);
    SteppedReplicator link = start();
    link.replicator().pause(List.of(ORDERS_0));
    link.advance(Duration.ofSeconds(10));
    refused(
        link,
        ORDERS_0,
        4,
        IllegalArgumentException.class,
        "it was copied already, as everything before offset 10 was",
        "it is at offset 5 of orders-0 in the target");
    refused(
        link, ORDERS_0, 10, IllegalArgumentException.class, "no such record, it ends at offset 10");
    refused(link, ORDERS_0, -1, IllegalArgumentException.class, "was copied already");
    refused(link, NOWHERE, 4, IllegalArgumentException.class, "nowhere-3");
  }

  @Test
  void whatIsInTheTarget_mustBeCertain() {
    send(0, 10);
    SteppedReplicator link = start();
    sink.loseAck(new Route(ORDERS_0, ORDERS_0), 1, new RetriableException("no answer"));
    send(10, 20);
    link.advance(Duration.ofMillis(20));
    link.replicator().pause(List.of(ORDERS_0));
    link.advance(Duration.ofMillis(20));
    assertThat(orders(link).state()).isEqualTo(PartitionState.PAUSED);
    link.advance(Duration.ofSeconds(10));
    refused(
        link,
        ORDERS_0,
        10,
        IllegalStateException.class,
        "which records the target has behind offset 10 is not certain; resume it");
    resume(link);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut());
  }

  @Test
  void aPartitionThatIsResumedBeforeTheLinkHasTakenTheSkip_isNotSkipped_andTheStatusSaysSo() {
    send(0, 10);
    SteppedReplicator link = start();
    link.replicator().pause(List.of(ORDERS_0));
    send(10, 20);
    link.advance(Duration.ofSeconds(10));
    link.replicator().resume(List.of(ORDERS_0)); // the link hears both with its next step
    link.replicator().skip(ORDERS_0, 15);
    link.advance(Duration.ofMillis(20));
    assertThat(link.status().lastError())
        .hasValueSatisfying(
            error ->
                assertThat(error)
                    .hasMessageContainingAll(
                        "offset 15 of orders-0 was not skipped", "was resumed"));
    link.advance(SECOND);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut());
    assertThat(skipped).isEmpty();
  }

  @Test
  void aPartitionThatWasNeverOpened_andALinkThatHasEnded_refuse() {
    send(0, 10);
    SteppedReplicator link = link(builder());
    link.replicator().pause();
    link.start();
    link.advance(Duration.ofSeconds(10));
    refused(link, ORDERS_0, 4, IllegalStateException.class, "was never opened", "resume it");
    link.close();
    refused(link, ORDERS_0, 4, IllegalStateException.class, "build a new one");
  }
}
