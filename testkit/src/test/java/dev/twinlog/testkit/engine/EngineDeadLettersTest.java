package dev.twinlog.testkit.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.DeadLetters;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.ReplicationListener;
import dev.twinlog.Replicator;
import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.LinkMetrics;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.RecordTransform;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.memory.InMemoryProgress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests what becomes of records that are refused when the link has a dead-letter topic. */
final class EngineDeadLettersTest extends EngineCase {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final TopicPartition LETTERS = new TopicPartition("letters", 0);

  private final List<String> told = new ArrayList<>();
  private final InMemoryProgress progress = InMemoryProgress.create();
  private final InMemorySource ordersOnly =
      InMemorySource.builder(east).topics("orders"::equals).maxBatchRecords(7).build();

  @BeforeEach
  void createTopics() {
    east.createTopic("orders", 1);
    west.createTopic("letters", 1);
  }

  private Replicator.Builder lettered() {
    return builder().source(ordersOnly).deadLetters(DeadLetters.to("letters")).onEvent(listener());
  }

  private ReplicationListener listener() {
    return new ReplicationListener() {
      @Override
      public void deadLetter(
          TopicPartition partition, long offset, String topic, ReplicationException cause) {
        told.add("%s %d to %s: %s".formatted(partition, offset, topic, cause.getMessage()));
      }

      @Override
      public void recordSkipped(TopicPartition partition, long offset) {
        told.add("%s %d skipped".formatted(partition, offset));
      }

      @Override
      public void partitionStopped(TopicPartition partition, ReplicationException cause) {
        told.add("%s stopped".formatted(partition));
      }
    };
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link = link(builder);
    link.start();
    link.advance(SECOND);
    return link;
  }

  private void send(int from, int to) {
    for (int i = from; i < to; i++) {
      east.append(ORDERS_0, "key-" + i, "value-" + i);
    }
  }

  private static void reject(InMemorySink to, String... values) {
    to.rejectRecords(record -> List.of(values).contains(value(record)));
  }

  private static PartitionStatus orders(SteppedReplicator link) {
    return link.status().partitions().get(ORDERS_0);
  }

  private static void resume(SteppedReplicator link) {
    link.replicator().resume(List.of(ORDERS_0));
    link.advance(SECOND);
  }

  private static String header(ReplicationRecord record, String name) {
    Header header = record.headers().lastHeader("twinlog.dead-letter." + name);
    return header == null ? "none" : new String(header.value(), UTF_8);
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
  void aRefusedRecord_isADeadLetter_andThePartitionContinues() {
    List<TopicPartition> counted = new ArrayList<>();
    LinkMetrics metrics =
        new LinkMetrics() {
          @Override
          public void deadLetter(TopicPartition partition) {
            counted.add(partition);
          }
        };
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start(lettered().metrics(metrics));
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
    assertThat(told)
        .containsExactly(
            "orders-0 7 to letters: the target rejects the record of orders-0 at offset 7",
            "orders-0 7 skipped");
    assertThat(counted).containsExactly(ORDERS_0);
    assertThat(orders(link).skippedOffsets()).hasToString("[7, 8)");
    assertThat(orders(link).sourcePosition()).isEqualTo(20);
    assertThat(west.records(LETTERS)).hasSize(1);
    ReplicationRecord letter = west.records(LETTERS).get(0);
    ReplicationRecord original = east.records(ORDERS_0).get(7);
    assertThat(letter.key()).isEqualTo(original.key());
    assertThat(letter.value()).isEqualTo(original.value());
    assertThat(letter.timestamp()).isEqualTo(original.timestamp());
    assertThat(header(letter, "reason")).contains("rejects", "offset 7");
    assertThat(header(letter, "link")).isEqualTo("east-to-west");
    assertThat(header(letter, "topic")).isEqualTo("orders");
    assertThat(header(letter, "partition")).isEqualTo("0");
    assertThat(header(letter, "offset")).isEqualTo("7");
    assertThat(header(letter, "time")).startsWith(clock.instant().toString().substring(0, 10));
  }

  @Test
  void severalOfThem_areLettersInTheirOrder_alsoOfEncodedBatches() {
    InMemorySource batches =
        InMemorySource.builder(east)
            .topics("orders"::equals)
            .lendBuffers()
            .maxBatchRecords(10)
            .build();
    reject(sink, "value-0", "value-7", "value-8", "value-19");
    send(0, 20);
    SteppedReplicator link = start(lettered().source(batches));
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(0, 7, 8, 19));
    assertThat(values(west, LETTERS)).containsExactly("value-0", "value-7", "value-8", "value-19");
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    link.close();
    assertThat(batches.lent().released()).isEqualTo(batches.lent().delivered());
  }

  @Test
  void aRecordThatTheTransformRefuses_isADeadLetter_asItIsAtTheSource() {
    RecordTransform transform =
        record -> {
          if (value(record).equals("value-7")) {
            throw new RecordRefusedException(99, "no such customer"); // the offset is not its own
          }
          return Optional.of(record.replacingValue("changed".getBytes(UTF_8)));
        };
    send(0, 20);
    SteppedReplicator link = start(lettered().transform(transform));
    assertThat(values(west, ORDERS_0)).hasSize(19).containsOnly("changed");
    assertThat(values(west, LETTERS)).containsExactly("value-7");
    assertThat(orders(link).skippedOffsets()).hasToString("[7, 8)");
  }

  @Test
  void afterTheLimit_thePartitionStops_andContinuesAnHourLater() {
    reject(sink, "value-3", "value-5", "value-7");
    send(0, 20);
    SteppedReplicator link =
        start(lettered().deadLetters(DeadLetters.to("letters").limitPerHour(2)));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).reason())
        .contains("at offset 7", "the dead-letter topic letters", "2 records", "within an hour");
    assertThat(values(west, LETTERS)).containsExactly("value-3", "value-5");
    resume(link);
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    link.advance(Duration.ofMinutes(61));
    resume(link);
    assertThat(orders(link).state()).isEqualTo(PartitionState.CAUGHT_UP);
    assertThat(values(west, LETTERS)).containsExactly("value-3", "value-5", "value-7");
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(3, 5, 7));
  }

  @Test
  void aLetterThatIsRefusedAsWell_stopsThePartition_withBothReasons() {
    sink.refuseTopic("letters", new PartitionFailedException("letters has no room"));
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start(lettered());
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).reason())
        .contains(
            "rejects the record of orders-0 at offset 7; and it can't be written",
            "; and it can't be written to the dead-letter topic",
            "letters has no room");
    assertThat(orders(link).skippedOffsets().isEmpty()).isTrue();
    assertThat(told).containsExactly("orders-0 stopped");
    sink.refuseTopic("letters", null);
    resume(link);
    assertThat(values(west, LETTERS)).containsExactly("value-7");
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
  }

  @Test
  void aTopicThatDoesNotExist_stopsThePartition_andIsNamed() {
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start(lettered().deadLetters(DeadLetters.to("absent")));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).reason()).contains("at offset 7", "topic absent does not exist");
  }

  @Test
  void aDeadLetter_isNeverOneAgain() {
    send(0, 7);
    ReplicationRecord letter = east.records(ORDERS_0).get(0);
    letter.headers().add("twinlog.dead-letter.reason", "too large".getBytes(UTF_8));
    east.append(ORDERS_0, letter.replacingValue("value-7".getBytes(UTF_8)));
    reject(sink, "value-7");
    SteppedReplicator link = start(lettered());
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).reason()).contains("it is a dead letter already");
    assertThat(west.records(LETTERS)).isEmpty();
  }

  // The order of the dead letter and of what is stored.

  /** A store that shows each save before it is made. */
  private record Watched(ProgressStore store, Consumer<Collection<Progress>> saves)
      implements ProgressStore {
    @Override
    public Map<SourcePartition, Progress> load() {
      return store.load();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      saves.accept(changed);
      return store.save(changed);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  private static boolean skips(Collection<Progress> saved) {
    return saved.stream().anyMatch(one -> !one.skipped().isEmpty());
  }

  @Test
  void theLetterIsThere_beforeItIsStoredThatTheRecordIsLeftOut_andThenItGoesOn() {
    List<String> seen = new ArrayList<>();
    ProgressStore store =
        new Watched(
            progress.openStore(),
            changed -> {
              if (skips(changed)) {
                seen.add(west.endOffset(LETTERS) + " " + west.endOffset(ORDERS_0));
              }
            });
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start(lettered().progressStore(store));
    assertThat(seen).isNotEmpty().first().isEqualTo("1 7");
    link.close();
    assertThat(progress.saved().values()).allMatch(saved -> skips(List.of(saved)));
  }

  @Test
  void whileThatCantBeStored_nothingBehindItIsCopied_andTheNextOwnerWritesTheLetterAgain() {
    boolean[] broken = {true};
    ProgressStore store =
        new Watched(
            progress.openStore(),
            changed -> {
              if (broken[0] && skips(changed)) {
                throw new RetriableException("the store is away");
              }
            });
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = start(lettered().progressStore(store));
    link.advance(Duration.ofSeconds(30));
    assertThat(orders(link).state()).isEqualTo(PartitionState.RETRYING);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut().subList(0, 7));
    assertThat(west.records(LETTERS)).hasSize(1);

    InMemorySink other = InMemorySink.to(west);
    reject(other, "value-7");
    SteppedReplicator next =
        start(lettered().sink(other).progressStore(progress.openStore())); // takes it over
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
    assertThat(orders(next).skippedOffsets()).hasToString("[7, 8)");
    List<ReplicationRecord> letters = west.records(LETTERS);
    assertThat(letters).hasSize(2);
    for (String name : List.of("link", "topic", "partition", "offset", "reason")) {
      assertThat(header(letters.get(1), name)).isEqualTo(header(letters.get(0), name));
    }
    broken[0] = false;
    link.advance(Duration.ofSeconds(30)); // fenced by the store
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
    assertThat(west.records(LETTERS)).hasSize(2);
  }

  @Test
  void aTopicThatIsAway_isTriedAgain_untilThePartitionIsPaused() {
    reject(sink, "value-7");
    send(0, 20);
    SteppedReplicator link = link(lettered());
    sink.refuseTopic("letters", new RetriableException("letters has no leader"));
    link.start();
    link.advance(SECOND);
    assertThat(orders(link).state()).isEqualTo(PartitionState.RETRYING);
    assertThat(orders(link).reason()).contains("letters has no leader");
    link.replicator().pause(List.of(ORDERS_0));
    link.advance(SECOND);
    assertThat(orders(link).state()).isEqualTo(PartitionState.PAUSED);
    sink.refuseTopic("letters", null);
    link.advance(Duration.ofMinutes(1));
    assertThat(orders(link).state()).isEqualTo(PartitionState.PAUSED);
    resume(link);
    assertThat(values(west, ORDERS_0)).isEqualTo(allBut(7));
    assertThat(values(west, LETTERS)).containsExactly("value-7");
  }

  // What is refused.

  @Test
  void aTopicThatTheSourceSelects_isRefused() {
    InMemorySource all = InMemorySource.from(east);
    assertThatThrownBy(() -> lettered().source(all).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("the source selects topic letters", "exclude it");
    SteppedReplicator link = start(lettered());
    assertThatThrownBy(() -> link.replicator().topics(TopicSelector.matching(".*")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the source selects topic letters");
  }

  @Test
  void aTopicWhoseCopyWouldBeTheDeadLetterTopic_isNotCopied() {
    send(0, 5);
    SteppedReplicator link = start(lettered().topicMapper(topic -> "letters"));
    assertThat(orders(link).state()).isEqualTo(PartitionState.STOPPED);
    assertThat(orders(link).reason())
        .contains("orders is not copied to letters", "the topic for dead letters", "exclude");
    assertThat(west.records(LETTERS)).isEmpty();
  }

  @Test
  void namesLimitsAndParts_areCheckedBeforeTheStart() {
    assertThatThrownBy(
            () -> lettered().deadLetters(DeadLetters.to("twinlog.letters").limitPerHour(0)).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("\"twinlog.letters\"", "at least 1 an hour");
    assertThatThrownBy(() -> lettered().sink(sink.writeOnly()).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("does not implement DeadLetterSink");
  }
}
