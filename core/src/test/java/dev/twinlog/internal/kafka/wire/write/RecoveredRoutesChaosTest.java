package dev.twinlog.internal.kafka.wire.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.spi.Route;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Random faults on recovered routes, with records of any age and brokers whose producers expire:
 * each record is appended once and in order.
 */
final class RecoveredRoutesChaosTest {
  private static final int SEEDS = 300;
  private static final int STEPS = 400;
  private static final long MEMORY_MS = Duration.ofMinutes(10).toMillis();
  private static final long AGES = Duration.ofDays(1).toMillis();

  private static final class Run extends WriterChaos {
    private final FakeLedger ledger;

    Run(long seed, FakeLedger ledger) {
      super(seed, new WriterRig(ledger));
      this.ledger = ledger;
    }

    private long now() {
      return rig.target.clock().millis();
    }

    @Override
    FakePartition open(Route route) {
      FakePartition partition = rig.target.create(route.target());
      ledger.issue(route, false, LedgerSession.NEVER);
      rig.writer.open(route);
      return partition;
    }

    /** Runs of records of one age, so that a route is written in each mode for a while. */
    @Override
    long timestamp(long from) {
      return switch ((int) (from / 200 % 4)) {
        case 0 -> now();
        case 1 -> now() - random.nextLong(MEMORY_MS);
        case 2 -> 1;
        default -> random.nextBoolean() ? now() : now() - 2 * MEMORY_MS;
      };
    }

    @Override
    void special(Route route) {
      int dice = random.nextInt(10);
      if (dice < 3) {
        routes.values().forEach(partition -> partition.expire(now(), MEMORY_MS));
      } else if (dice < 4) {
        routes.get(route).reload();
      } else if (dice < 6) {
        // no request is in flight for longer than its timeout
        cut(FakeTarget.FIRST);
        cut(FakeTarget.SECOND);
        rig.target.pass(random.nextLong(2 * MEMORY_MS) * 1_000_000L);
      } else if (dice < 7) {
        refresh();
      } else {
        recover(route);
      }
    }

    @Override
    void afterStep() {
      int dice = random.nextInt(60);
      if (dice == 0) {
        routes.values().forEach(partition -> partition.expire(now(), MEMORY_MS));
      } else if (dice < 8) {
        recoverIfFailed(any(List.copyOf(routes.keySet())));
      }
      lateRequests.removeIf(
          late ->
              rig.target.now() - late.sinceNanos() >= FakeLedger.MAX_REQUEST_LIFETIME.toNanos());
    }

    private void refresh() {
      for (Route wanted : ledger.refreshed) {
        LedgerSession session = ledger.session(wanted);
        FakePartition partition = routes.get(wanted);
        if (partition.mark(session.producerId(), session.epoch(), now())) {
          ledger.marked(wanted);
        }
      }
      ledger.refreshed.clear();
    }

    private void recoverIfFailed(Route route) {
      if (written.get(route).stream().anyMatch(w -> w.stage().isCompletedExceptionally())) {
        recover(route);
      }
    }

    /** Recovers as the engine and the ledger do: a fence, and then a count of the records. */
    private void recover(Route route) {
      giveUp(route);
      boolean clean = appended(route).size() == written.get(route).size();
      LedgerSession former = ledger.session(route);
      FakePartition partition = routes.get(route);
      boolean fences = !clean || random.nextBoolean();
      if (fences) {
        partition.mark(former.producerId(), (short) (former.epoch() + 1), now());
      }
      ledger.issue(route, false, fences ? now() : LedgerSession.NEVER);
      written.get(route).retainAll(List.copyOf(appended(route)));
      next.put(route, (long) partition.records().size());
      rig.writer.open(route);
    }

    @Override
    void settle() {
      for (int i = 0; i < 20; i++) {
        rig.settle();
        rig.target.pass(FakeLedger.MAX_REQUEST_LIFETIME.toNanos());
        routes.keySet().forEach(this::recoverIfFailed);
      }
    }

    @Override
    void check(Route route, FakePartition partition) {
      List<String> values = WriterRig.values(partition);
      boolean exact = values.equals(WriterRig.expected(0, next.get(route)));
      assertThat(exact).as("each of %d records once, in order", next.get(route)).isTrue();
      written.get(route).forEach(write -> checkRuns(write, partition));
    }
  }

  @Test
  void everyRecordLandsOnce() {
    WriterChaos.run(SEEDS, STEPS, seed -> new Run(seed, new FakeLedger(MEMORY_MS)));
  }

  /** Without conservative mode behind old records it must show within so many seeds. */
  @Test
  void aLedgerThatBelievesInALongerMemory_shows() {
    assertThatThrownBy(
            () -> WriterChaos.run(30, STEPS, seed -> new Run(seed, new FakeLedger(AGES))))
        .isInstanceOf(AssertionError.class);
  }
}
