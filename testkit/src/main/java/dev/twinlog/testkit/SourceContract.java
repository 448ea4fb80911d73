package dev.twinlog.testkit;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.contract.SourceGapContract;
import dev.twinlog.testkit.internal.contract.Closing;
import dev.twinlog.testkit.internal.contract.ReaderProbe;
import dev.twinlog.testkit.internal.contract.SampleRecords;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A contract test for {@link Source}s and their readers. Extend it, give it a fixture that makes a
 * source, and inherit the tests.
 *
 * <pre>{@code
 * final class MySourceTest extends SourceContract {
 *   @Override
 *   protected SourceFixture openFixture() {
 *     return new MySourceFixture();
 *   }
 * }
 * }</pre>
 *
 * <p>A source with retention also extends {@link SourceGapContract}.
 */
public abstract class SourceContract {
  private static final String TOPIC = "contract-source";
  private static final TopicPartition FIRST = new TopicPartition(TOPIC, 0);
  private static final TopicPartition SECOND = new TopicPartition(TOPIC, 1);

  private SourceFixture fixture;
  private Source source;
  private ReaderProbe probe;

  /** A new fixture for one test. */
  protected abstract SourceFixture openFixture() throws Exception;

  @BeforeEach
  final void openSource() throws Exception {
    fixture = openFixture();
    fixture.createTopic(TOPIC, 2);
    source = fixture.source(TOPIC);
    probe = new ReaderProbe(source, fixture.patience());
  }

  @AfterEach
  final void closeSource() throws Exception {
    Closing.all(probe, source, fixture);
  }

  @Test
  void partitions_areAllThere_andKeepTheirIdentity() {
    Set<SourcePartition> found = new HashSet<>(source.partitions());
    Set<TopicPartition> names = new HashSet<>();
    found.forEach(each -> names.add(each.partition()));
    assertEquals(Set.of(FIRST, SECOND), names);
    assertEquals(found, new HashSet<>(source.partitions()));
  }

  @Test
  void resolve_answersForWhatExists() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    TopicPartition missing = new TopicPartition(TOPIC, 99);
    Map<TopicPartition, StartPosition> earliest = new HashMap<>();
    List.of(FIRST, SECOND, missing).forEach(p -> earliest.put(p, StartPosition.earliest()));
    assertEquals(Map.of(FIRST, 0L, SECOND, 0L), source.resolve(earliest));
    assertEquals(10, resolve(StartPosition.latest()));
    assertEquals(7, resolve(StartPosition.offset(7)));
    assertEquals(4_711, resolve(StartPosition.offset(4_711)), "an offset is returned as it is");
    assertEquals(3, resolve(at(SampleRecords.TIME + 3)));
    assertEquals(10, resolve(at(SampleRecords.TIME + 3_600_000)), "no such time yet: the end");
  }

  private long resolve(StartPosition start) {
    return requireNonNull(source.resolve(Map.of(FIRST, start)).get(FIRST));
  }

  private static StartPosition at(long millis) {
    return StartPosition.timestamp(Instant.ofEpochMilli(millis));
  }

  @Test
  void poll_deliversEveryRecordInOrder() {
    List<ReplicationRecord> first = SampleRecords.records(0, 1_000);
    List<ReplicationRecord> second = SampleRecords.records(1_000, 1_100);
    fixture.append(FIRST, first);
    fixture.append(SECOND, second);
    probe.assign(FIRST, 0);
    probe.assign(SECOND, 0);
    probe.pollUntilEnd(FIRST);
    probe.pollUntilEnd(SECOND);
    assertRead(first, FIRST);
    assertRead(second, SECOND);
  }

  private void assertRead(List<ReplicationRecord> expected, TopicPartition partition) {
    assertEquals(
        SampleRecords.contents(expected), SampleRecords.contents(probe.records(partition)));
  }

  @Test
  void poll_tellsTheEndOfAnEmptyPartition() {
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    assertEquals(0, probe.next(FIRST));
  }

  @Test
  void poll_goesOnWithWhatArrivesLater() {
    fixture.append(FIRST, SampleRecords.records(0, 3));
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    fixture.append(FIRST, SampleRecords.records(3, 6));
    probe.pollUntilRead(FIRST, 6);
    probe.pollUntilEnd(FIRST);
    assertRead(SampleRecords.records(0, 6), FIRST);
  }

  @Test
  void poll_thatWaits_endsWhenSomethingArrives() throws Exception {
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    CompletableFuture<Void> appended =
        CompletableFuture.runAsync(
            () -> fixture.append(FIRST, SampleRecords.records(0, 1)),
            CompletableFuture.delayedExecutor(200, MILLISECONDS));
    long start = System.nanoTime();
    while (probe.records(FIRST).isEmpty()) {
      probe.poll(tooLong());
      assertWithinPatience(start);
    }
    appended.get();
  }

  @Test
  void assign_startsAtTheOffset_andMovesWhatIsAssigned() {
    fixture.append(FIRST, SampleRecords.records(0, 20));
    probe.assign(FIRST, 13);
    probe.pollUntilEnd(FIRST);
    assertRead(SampleRecords.records(13, 20), FIRST);
    assertEquals(13, probe.records(FIRST).get(0).offset());
    probe.assign(FIRST, 5);
    probe.pollUntilEnd(FIRST);
    assertRead(SampleRecords.records(5, 20), FIRST);
  }

  @Test
  void release_endsTheDelivery_andIgnoresTheUnknown() {
    fixture.append(SECOND, SampleRecords.records(0, 5));
    probe.assign(FIRST, 0);
    probe.assign(SECOND, 0);
    probe.pollUntilEnd(FIRST);
    probe.reader().release(Set.of(FIRST, new TopicPartition("contract-unknown", 3)));
    fixture.append(FIRST, SampleRecords.records(0, 5));
    probe.pollUntilRead(SECOND, 5);
    probe.pollNothingFor(Duration.ofMillis(500));
    assertEquals(List.of(), probe.records(FIRST));
  }

  @Test
  void pause_holdsBatchesBack_andResumeLosesNothing() {
    probe.assign(FIRST, 0);
    probe.assign(SECOND, 0);
    probe.reader().pause(Set.of(FIRST));
    fixture.append(FIRST, SampleRecords.records(0, 50));
    fixture.append(SECOND, SampleRecords.records(0, 50));
    probe.pollUntilRead(SECOND, 50);
    probe.pollNothingFor(Duration.ofMillis(500));
    assertEquals(List.of(), probe.records(FIRST));
    probe.reader().resume(Set.of(FIRST));
    probe.pollUntilEnd(FIRST);
    assertRead(SampleRecords.records(0, 50), FIRST);
  }

  @Test
  void pause_fromWithinAPoll_holdsTheRestBack_andResumeLosesNothing() {
    fixture.append(FIRST, SampleRecords.records(0, 500));
    probe.onBatch(() -> probe.reader().pause(Set.of(FIRST)));
    probe.assign(FIRST, 0);
    probe.pollUntilRead(FIRST, 1);
    int read = probe.records(FIRST).size();
    probe.pollNothingFor(Duration.ofMillis(300));
    assertEquals(read, probe.records(FIRST).size(), "nothing comes after the poll that paused");
    fixture.append(FIRST, SampleRecords.records(500, 1_000));
    probe.pollUntil(
        "the end of " + FIRST,
        () -> {
          probe.reader().resume(Set.of(FIRST));
          return probe.records(FIRST).size() == 1_000 && probe.atEnd(FIRST);
        });
    assertRead(SampleRecords.records(0, 1_000), FIRST);
  }

  @Test
  void poll_ofZeroNeverWaits() {
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    long start = System.nanoTime();
    for (int i = 0; i < 50; i++) {
      probe.poll(Duration.ZERO);
    }
    assertTrue(
        System.nanoTime() - start < Duration.ofSeconds(5).toNanos(), "50 polls took 5 seconds");
  }

  @Test
  void poll_waitsNoLongerThanItWasTold() {
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    long start = System.nanoTime();
    probe.poll(Duration.ofMillis(200));
    assertTrue(
        System.nanoTime() - start < Duration.ofSeconds(5).toNanos(), "200 ms took 5 seconds");
  }

  @Test
  void wakeup_endsThePollThatWaits() throws Exception {
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    AtomicBoolean waking = new AtomicBoolean();
    CompletableFuture<Void> woken =
        CompletableFuture.runAsync(
            () -> {
              waking.set(true);
              probe.reader().wakeup();
            },
            CompletableFuture.delayedExecutor(200, MILLISECONDS));
    long start = System.nanoTime();
    do {
      probe.poll(tooLong()); // a poll may end spuriously; then the next one is checked
      assertWithinPatience(start);
    } while (!waking.get());
    woken.get();
  }

  @Test
  void wakeup_endsTheNextPoll_once() {
    probe.assign(FIRST, 0);
    probe.pollUntilEnd(FIRST);
    probe.reader().wakeup();
    probe.reader().wakeup();
    long start = System.nanoTime();
    probe.poll(tooLong());
    assertWithinPatience(start);
    boolean waited = false;
    for (int i = 0; i < 5 && !waited; i++) {
      long before = System.nanoTime();
      probe.poll(Duration.ofMillis(300));
      waited = System.nanoTime() - before > Duration.ofMillis(200).toNanos();
    }
    assertTrue(waited, "after one wakeup no poll waits any more");
  }

  private Duration tooLong() {
    return fixture.patience().multipliedBy(2);
  }

  private void assertWithinPatience(long sinceNanos) {
    assertTrue(
        System.nanoTime() - sinceNanos < fixture.patience().toNanos(),
        () -> "took longer than " + fixture.patience());
  }

  @Test
  void aPartitionThatDoesNotExist_keepsItsTroubleToItself() {
    fixture.append(FIRST, SampleRecords.records(0, 10));
    probe.assign(new TopicPartition(TOPIC, 99), 0);
    probe.assign(FIRST, 0);
    probe.pollUntilRead(FIRST, 10);
    assertRead(SampleRecords.records(0, 10), FIRST);
  }

  @Test
  void readers_areIndependent() {
    fixture.append(FIRST, SampleRecords.records(0, 5));
    fixture.append(SECOND, SampleRecords.records(5, 10));
    try (ReaderProbe other = new ReaderProbe(source, fixture.patience())) {
      probe.assign(FIRST, 0);
      other.assign(SECOND, 0);
      probe.pollUntilRead(FIRST, 5);
      other.pollUntilRead(SECOND, 5);
      assertEquals(List.of(), probe.records(SECOND));
      assertEquals(List.of(), other.records(FIRST));
    }
    fixture.append(FIRST, SampleRecords.records(5, 6));
    probe.pollUntilRead(FIRST, 6);
  }
}
