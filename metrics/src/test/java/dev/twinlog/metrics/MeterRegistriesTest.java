package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests meters over the registries, links and objects that come and go. */
final class MeterRegistriesTest extends MetersCase {
  @ParameterizedTest
  @EnumSource(names = {"FAILED", "FENCED"})
  void linkClosed_afterItEndedBadly_leavesItsStateToBeSeen(LinkState last) {
    open();
    measureEverything(ORDERS_0);
    meters.linkState(last);
    meters.linkClosed(LINK);
    assertThat(gauge(TwinlogMeter.LINK_STATE, "state", last.name())).isEqualTo(1);
    assertThat(registry.find("twinlog.partitions").meters()).isEmpty();

    meters.linkOpened(LINK);
    meters.linkState(LinkState.RUNNING);
    assertThat(gauge(TwinlogMeter.LINK_STATE, "state", last.name())).isZero();
    meters.linkClosed(LINK);
    assertThat(registry.find("twinlog.link.state").meters()).isEmpty();
  }

  @Test
  void linkOpened_again_countsOnAndShowsOnlyTheNewPartitionsAsGauges() {
    open();
    measureEverything(ORDERS_0);
    measureEverything(USERS_0);
    meters.linkClosed(LINK);

    meters.linkOpened(LINK);
    measureEverything(ORDERS_0);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(2);
    assertThat(partitions("orders", PartitionState.COPYING)).isEqualTo(1);
    assertThat(registry.find("twinlog.partitions").tags("topic", "users").meters()).isEmpty();
  }

  @Test
  void linkOpened_forAnotherLink_isRefused() {
    open();
    assertThatIllegalStateException()
        .isThrownBy(() -> meters.linkOpened("other"))
        .withMessage("these are the meters of link us-to-eu: link other needs its own");
  }

  @Test
  void whatIsMeasuredBeforeTheLinkIsKnown_isRefusedNotLostSilently() {
    assertThatIllegalStateException().isThrownBy(() -> meters.copied(route(ORDERS_0), 1, 1, null));
    assertThatIllegalStateException().isThrownBy(meters::listenerFailed);
  }

  @Test
  void bindTo_aSecondRegistryLater_carriesCountersOverAndShowsEveryGauge() {
    open();
    measureEverything(ORDERS_0);
    MeterRegistry late = new SimpleMeterRegistry();
    meters.bindTo(late);
    meters.bindTo(late);
    measureEverything(ORDERS_0);

    assertThat(names(late)).isEqualTo(names(registry));
    for (MeterRegistry each : List.of(registry, late)) {
      assertThat(each.get("twinlog.records").counter().count()).isEqualTo(2);
      assertThat(each.get("twinlog.lag.records").gauge().value()).isEqualTo(3);
    }
    assertThat(registry.get("twinlog.latency").timer().count()).isEqualTo(2);
    assertThat(late.get("twinlog.latency").timer().count()).isEqualTo(1);
  }

  @Test
  void bindTo_afterTheLinkClosed_stillShowsTheTotals() {
    meters.linkOpened(LINK);
    measureEverything(ORDERS_0);
    meters.linkClosed(LINK);
    meters.bindTo(registry);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(1);
  }

  @Test
  void bindTo_aCompositeRegistry_reachesItsMembersAndLeavesThemAtClose() {
    CompositeMeterRegistry composite = new CompositeMeterRegistry();
    composite.add(registry);
    meters.bindTo(composite);
    meters.linkOpened(LINK);
    measureEverything(ORDERS_0);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(1);
    meters.close();
    assertThat(registry.getMeters()).isEmpty();
    assertThat(composite.getMeters()).isEmpty();
  }

  @Test
  void close_removesItsMetersFromAllRegistriesAndNoOthers() {
    MeterRegistry other = new SimpleMeterRegistry();
    registry.config().commonTags("region", "eu");
    registry.counter("mine").increment();
    open();
    meters.bindTo(other);
    measureEverything(ORDERS_0);

    meters.close();
    meters.close();
    measureEverything(ORDERS_0);
    measureEverything(ORDERS_1);
    assertThat(names(registry)).containsExactly("mine");
    assertThat(other.getMeters()).isEmpty();
    assertThatIllegalStateException().isThrownBy(() -> meters.bindTo(other));
    assertThatIllegalStateException().isThrownBy(() -> meters.linkOpened(LINK));
  }

  @Test
  void aNewObjectForALinkThatWasClosed_goesOnWithItsCounters() {
    open();
    measureEverything(ORDERS_0);
    meters.linkClosed(LINK);
    try (TwinlogMeters next = new TwinlogMeters()) {
      next.bindTo(registry);
      next.linkOpened(LINK);
      next.copied(route(ORDERS_0), 1, 10, Duration.ZERO);
      next.lag(ORDERS_0, 8, Duration.ZERO);
      assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(2);
      assertThat(gauge(TwinlogMeter.LAG_RECORDS, "topic", "orders", "partition", "0")).isEqualTo(8);
    }
  }

  @Test
  void twoLinksShareARegistry() {
    open();
    try (TwinlogMeters back = new TwinlogMeters()) {
      back.bindTo(registry);
      back.linkOpened("eu-to-us");
      back.copied(route(ORDERS_0), 4, 40, Duration.ZERO);
      meters.copied(route(ORDERS_0), 1, 10, Duration.ZERO);
    }
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(1);
    assertThat(registry.find("twinlog.records").tags("link", "eu-to-us").meter()).isNull();
  }

  @Test
  void latency_withAFilterOfTheUser_hasTheBucketsOfAServiceLevelObjective() {
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public DistributionStatisticConfig configure(
                  Meter.Id id, DistributionStatisticConfig config) {
                return id.getName().equals(TwinlogMeter.LATENCY.getName())
                    ? DistributionStatisticConfig.builder()
                        .serviceLevelObjectives((double) Duration.ofSeconds(1).toNanos())
                        .build()
                        .merge(config)
                    : config;
              }
            });
    open();
    meters.copied(route(ORDERS_0), 1, 1, Duration.ofMillis(300));
    meters.copied(route(ORDERS_0), 1, 1, Duration.ofSeconds(3));
    assertThat(registry.get("twinlog.latency").timer().takeSnapshot().histogramCounts())
        .singleElement()
        .satisfies(
            bucket -> {
              assertThat(bucket.bucket(TimeUnit.SECONDS)).isEqualTo(1);
              assertThat(bucket.count()).isEqualTo(1);
            });
  }

  @Test
  void countsFromManyThreadsWhileRegistriesAreBound_areAllInAllRegistries() throws Exception {
    open();
    int threads = 4;
    int batches = 2_000;
    List<MeterRegistry> registries = new ArrayList<>(List.of(registry));
    CountDownLatch go = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            pool.submit(
                () -> {
                  go.await();
                  for (int n = 0; n < batches; n++) {
                    meters.copied(
                        route(new TopicPartition("orders", n % 10)), 1, 10, Duration.ZERO);
                  }
                  return null;
                }));
      }
      go.countDown();
      for (int i = 0; i < 5; i++) {
        MeterRegistry late = new SimpleMeterRegistry();
        meters.bindTo(late);
        registries.add(late);
      }
      for (Future<?> each : running) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      pool.shutdownNow();
    }
    for (MeterRegistry each : registries) {
      assertThat(each.get("twinlog.records").counters().stream().mapToDouble(c -> c.count()).sum())
          .isEqualTo(threads * batches);
    }
  }
}
