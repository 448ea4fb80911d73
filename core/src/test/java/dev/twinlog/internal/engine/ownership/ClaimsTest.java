package dev.twinlog.internal.engine.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.offsets.OffsetMaps;
import dev.twinlog.internal.progress.Shards;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.Translation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** The claims of an instance: whose partition is whose, their leases and their offset maps. */
final class ClaimsTest {
  private static final Shards TWO = new Shards(2);
  private static final TopicPartition ZERO = new TopicPartition("orders", 0);
  private static final TopicPartition ONE = new TopicPartition("orders", 1);

  private final PassingTime time = new PassingTime();
  private final Claims claims = new Claims();

  private static final class PassingTime extends Clock implements LinkTime {
    private Duration passed = Duration.ZERO;

    @Override
    public long nanoTime() {
      return passed.toNanos();
    }

    @Override
    public Clock clock() {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.EPOCH.plus(passed);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  private Claim claim(TopicPartition inShard) {
    OwnerLease lease = new OwnerLease(time);
    lease.takenOver(lease.now());
    OffsetMaps maps = new OffsetMaps(OffsetMaps.DEFAULT_BYTES);
    Claim claim =
        new Claim(TWO, Set.of(TWO.of(inShard)), lease, new Claim.Loaded(Map.of(), maps, true));
    claims.add(claim);
    return claim;
  }

  private static Progress copied(TopicPartition partition, long offsets) {
    Route route = new Route(partition, partition);
    return new Progress(
        new SourcePartition(partition, Optional.empty()),
        offsets,
        false,
        "",
        List.of(new RouteProgress(route, offsets, offsets, new byte[0])));
  }

  @Test
  void aPartitionBelongsToTheClaimOfItsShard_asLongAsThatIsHeld() {
    Claim zero = claim(ZERO);
    assertThat(claims.find(ZERO)).contains(zero);
    assertThat(claims.find(ONE)).isEmpty();
    Claim one = claim(ONE);
    assertThat(claims.find(ONE)).contains(one);
    claims.remove(zero, true);
    assertThat(claims.find(ZERO)).isEmpty();
    assertThat(claims.all()).containsExactly(one);
  }

  @Test
  void aShardIsNotClaimedTwice() {
    claim(ZERO);
    assertThatThrownBy(() -> claim(ZERO)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void offsetsAreTranslatedByTheClaimThatOwnsThePartition() {
    Claim zero = claim(ZERO);
    Route route = new Route(ZERO, ZERO);
    zero.maps().open(copied(ZERO, 0)).route(route).append(0, 7, 3);
    zero.maps().open(copied(ZERO, 3)).checkpoint(3);
    assertThat(claims.history().routesInto(ZERO)).containsExactly(route);
    assertThat(claims.copiedEnds()).containsOnlyKeys(ZERO);
    claims.remove(zero, true);
    assertThat(claims.history().routesInto(ZERO)).isEmpty();
    assertThat(claims.history().toTarget(route, 1))
        .isEqualTo(new Translation.Unavailable("this instance of the link does not own orders-0"));
    assertThat(claims.copiedEnds()).isEmpty();
    assertThat(claims.takeChanged()).isEmpty();
  }

  @Test
  void theLeaseOnEverything_holdsIfAllClaimsHold() {
    Lease all = claims.lease();
    assertThat(all.holds()).as("nothing is claimed").isFalse();
    Claim zero = claim(ZERO);
    claim(ONE);
    assertThat(all.holds()).isTrue();
    assertThat(all.isEnding()).isFalse();
    time.passed = OwnerLease.LENGTH;
    assertThat(all.holds()).isFalse();
    zero.lease().proved(zero.lease().now());
    assertThat(all.holds()).as("one of two is proved").isFalse();
    claims.proof().run();
    assertThat(all.holds()).isTrue();
  }

  @Test
  void afterALoss_itHoldsWhenNothingOfTheLostClaimCanBeInFlight() {
    Claim zero = claim(ZERO);
    claim(ONE);
    claims.remove(zero, false);
    assertThat(claims.lease().holds()).isFalse();
    assertThat(claims.lease(ONE).holds()).as("that of a route").isTrue();
    assertThat(claims.lease(ZERO).holds()).isFalse();
    time.passed = OwnerLease.LENGTH.multipliedBy(2);
    claims.proof().run();
    assertThat(claims.lease().holds()).isTrue();
  }

  @Test
  void aDrainedClaim_leavesNothingInFlight() {
    Claim zero = claim(ZERO);
    claim(ONE);
    claims.remove(zero, true);
    assertThat(claims.lease().holds()).isTrue();
  }

  @Test
  void aProofThatIsAnsweredAfterTheLoss_provesNothingOfTheLostClaim_norOfTheNextOne() {
    Claim lost = claim(ZERO);
    time.passed = Duration.ofSeconds(5);
    Runnable proof = claims.proof();
    claims.remove(lost, false);
    Claim next = claim(ZERO);
    Lease ofTheRoute = claims.lease(ZERO);
    time.passed = OwnerLease.LENGTH.plusSeconds(6);
    proof.run();
    assertThat(lost.lease().holds()).isFalse();
    assertThat(next.lease().holds()).isFalse();
    assertThat(ofTheRoute.holds()).isFalse();
  }
}
