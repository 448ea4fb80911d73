package dev.twinlog.internal.engine.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.engine.agent.LinkTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** The owner's lease under a wall clock and a monotonic clock that differ. */
final class OwnerLeaseTest {
  private static final Duration MILLI = Duration.ofMillis(1);

  private final TwoClocks clocks = new TwoClocks();
  private final OwnerLease lease = new OwnerLease(clocks);

  @Test
  void nothingHolds_beforeTheFirstProof() {
    assertThat(lease.holds()).isFalse();
    assertThat(lease.formerOwnersExpired()).isFalse();
  }

  @Test
  void itHoldsFromTheMomentOfTheQuestion_notOfTheAnswer() {
    OwnerLease.Moment asked = lease.now();
    clocks.pass(Duration.ofSeconds(15));
    lease.proved(asked);
    assertThat(lease.holds()).isTrue();
    clocks.pass(Duration.ofSeconds(5).minus(MILLI));
    assertThat(lease.holds()).isTrue();
    clocks.pass(MILLI);
    assertThat(lease.holds()).isFalse();
  }

  @Test
  void anAnswerThatComesAfterALease_provesNothing() {
    OwnerLease.Moment asked = lease.now();
    clocks.pass(OwnerLease.LENGTH);
    lease.proved(asked);
    assertThat(lease.holds()).isFalse();
  }

  @Test
  void aProofRenewsIt() {
    lease.proved(lease.now());
    clocks.pass(Duration.ofMinutes(1));
    assertThat(lease.holds()).isFalse();
    lease.proved(lease.now());
    assertThat(lease.holds()).isTrue();
  }

  /** After a suspended process, or a machine whose monotonic clock stopped during suspend. */
  @Test
  void aFreeze_endsIt_whicheverClockNoticesIt() {
    lease.proved(lease.now());
    clocks.wall(OwnerLease.LENGTH);
    assertThat(lease.holds()).as("seen by wall time").isFalse();
    lease.proved(lease.now());
    clocks.nanos(OwnerLease.LENGTH);
    assertThat(lease.holds()).as("seen by monotonic time").isFalse();
  }

  @Test
  void aWallClockThatIsPutBack_endsItUntilTheNextProof() {
    lease.proved(lease.now());
    clocks.wall(MILLI.negated());
    assertThat(lease.holds()).isFalse();
    lease.proved(lease.now());
    assertThat(lease.holds()).isTrue();
  }

  @Test
  void aWallClockThatIsPutBack_doesNotMakeItLonger() {
    lease.proved(lease.now());
    clocks.pass(Duration.ofSeconds(19));
    clocks.wall(Duration.ofSeconds(-19));
    clocks.pass(Duration.ofSeconds(1));
    assertThat(lease.holds()).isFalse();
  }

  @Test
  void itIsAlone_oneLeaseAndSomeDriftAfterTheTakeover_byMonotonicTimeOnly() {
    OwnerLease.Moment asked = lease.now();
    clocks.pass(Duration.ofSeconds(3));
    lease.takenOver(asked);
    assertThat(lease.holds()).isTrue();
    clocks.wall(Duration.ofHours(1));
    clocks.nanos(Duration.ofSeconds(21).minus(MILLI));
    assertThat(lease.formerOwnersExpired()).isFalse();
    clocks.nanos(MILLI);
    assertThat(lease.formerOwnersExpired()).isTrue();
  }

  private static final class TwoClocks extends Clock implements LinkTime {
    private Instant wall = Instant.parse("2026-01-01T00:00:00Z");
    private long nanos = 5;

    void pass(Duration time) {
      wall(time);
      nanos(time);
    }

    void wall(Duration time) {
      wall = wall.plus(time);
    }

    void nanos(Duration time) {
      nanos += time.toNanos();
    }

    @Override
    public long nanoTime() {
      return nanos;
    }

    @Override
    public Clock clock() {
      return this;
    }

    @Override
    public Instant instant() {
      return wall;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
