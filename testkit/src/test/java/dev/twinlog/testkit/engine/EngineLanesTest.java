package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.PartitionState;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tests that the number of lanes is changed while a link runs, in virtual time. */
final class EngineLanesTest extends EngineCase {
  private static final int PARTITIONS = 8;

  @BeforeEach
  void createTopic() {
    east.createTopic("orders", PARTITIONS);
  }

  private static TopicPartition partition(int number) {
    return new TopicPartition("orders", number);
  }

  private void append(int count) {
    for (int i = 0; i < count; i++) {
      east.append(partition(i % PARTITIONS), null, "value " + i);
    }
  }

  private int copied() {
    int copied = 0;
    for (int number = 0; number < PARTITIONS; number++) {
      copied += west.records(partition(number)).size();
    }
    return copied;
  }

  private static void assertAll(SteppedReplicator link, PartitionState state) {
    assertThat(link.status().partitions()).hasSize(PARTITIONS);
    assertThat(link.status().partitions().values()).allMatch(one -> one.state() == state);
  }

  @Test
  void lanes_areChangedAnyNumberOfTimes_andEachRecordIsCopiedOnce() {
    SteppedReplicator link = link(builder());
    link.replicator().lanes(2);
    link.start();
    int appended = 0;
    for (int lanes : new int[] {4, 4, 1, 3, 64, 2}) {
      append(100);
      appended += 100;
      link.replicator().lanes(lanes);
      append(50);
      appended += 50;
      link.advance(Duration.ofSeconds(5));
      assertAll(link, PartitionState.CAUGHT_UP);
      assertThat(copied()).as("with %d lanes", lanes).isEqualTo(appended);
    }
  }

  @Test
  void aPartitionThatIsPaused_staysSo_andContinuesInItsNewLane() {
    SteppedReplicator link = link(builder());
    link.start();
    append(80);
    link.advance(Duration.ofSeconds(2));
    link.replicator().pause(List.of(partition(3)));
    link.advance(Duration.ofSeconds(1));
    link.replicator().lanes(3);
    append(80);
    link.advance(Duration.ofSeconds(3));
    assertThat(link.status().partitions().get(partition(3)).state())
        .isEqualTo(PartitionState.PAUSED);
    assertThat(copied()).isEqualTo(150);
    link.replicator().resume(List.of(partition(3)));
    link.advance(Duration.ofSeconds(3));
    assertAll(link, PartitionState.CAUGHT_UP);
    assertThat(copied()).isEqualTo(160);
  }

  /** A sink that says which of its writers are open, and with what share of the memory. */
  private final class CountedSink implements Sink {
    final List<Integer> open = new ArrayList<>();
    final List<Long> shares = new ArrayList<>();
    boolean refuses;

    @Override
    public SinkWriter openWriter(PluginContext context) {
      if (refuses) {
        throw new RetriableException("no connection is left");
      }
      open.add(context.lane());
      shares.add(context.maxInFlightBytes());
      return new CountedWriter(
          sink.writeOnly().openWriter(context), () -> open.remove((Integer) context.lane()));
    }
  }

  private record CountedWriter(SinkWriter writer, Runnable onClose) implements SinkWriter {
    @Override
    public void open(Route route) {
      writer.open(route);
    }

    @Override
    public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
      return writer.write(route, batch);
    }

    @Override
    public void close() {
      writer.close();
      onClose.run();
    }
  }

  @Test
  void lanesThatCannotBeOpened_leaveTheLinkAsItIs_untilTheyCan() {
    west.createTopic("orders", PARTITIONS);
    CountedSink counted = new CountedSink();
    SteppedReplicator link =
        link(
            builder()
                .sink(counted)
                .progressStore(InMemoryProgressStore.create())
                .maxInFlightBytes(1 << 20));
    link.start();
    append(80);
    link.advance(Duration.ofSeconds(2));
    assertThat(counted.open).containsExactly(0);
    counted.refuses = true;
    link.replicator().lanes(2);
    append(80);
    link.advance(Duration.ofSeconds(5));
    assertAll(link, PartitionState.CAUGHT_UP);
    assertThat(copied()).isEqualTo(160);
    assertThat(counted.open).containsExactly(0);
    assertThat(link.status().lastError().orElseThrow()).hasMessageContaining("no connection");
    counted.refuses = false;
    link.advance(Duration.ofSeconds(40));
    assertThat(counted.open).as("the former lane has ended").hasSize(2).doesNotContain(0);
    assertThat(counted.shares).containsExactly(1L << 20, 1L << 19, 1L << 19);
    append(80);
    link.advance(Duration.ofSeconds(2));
    assertThat(copied()).isEqualTo(240);
  }

  @Test
  void numbersOutOfBounds_andALinkThatHasEnded_areRefused() {
    SteppedReplicator link = link(builder());
    assertThatThrownBy(() -> link.replicator().lanes(0))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("lanes");
    assertThatThrownBy(() -> link.replicator().lanes(65))
        .isInstanceOf(ConfigurationException.class);
    link.start();
    link.close();
    assertThatThrownBy(() -> link.replicator().lanes(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("given other lanes");
  }
}
