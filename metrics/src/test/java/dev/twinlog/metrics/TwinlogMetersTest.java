package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.Route;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TwinlogMetersTest {
  private static final String LINK = "us-to-eu";
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);
  private static final TopicPartition USERS_0 = new TopicPartition("users", 0);

  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final TwinlogMeters meters = new TwinlogMeters();

  @AfterEach
  void close() {
    meters.close();
    registry.close();
  }

  @Test
  void copied_countsPerSourcePartitionAndTimesPerTopic() {
    open();
    meters.copied(route(ORDERS_0), 10, 1_000, Duration.ofMillis(30));
    meters.copied(
        new Route(ORDERS_0, new TopicPartition("other", 5)), 1, 50, Duration.ofMillis(50));
    meters.copied(route(ORDERS_1), 5, 500, Duration.ofMillis(10));
    meters.copied(route(USERS_0), 2, 20, Duration.ofMillis(7));

    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(11);
    assertThat(counter(TwinlogMeter.BYTES, "topic", "orders", "partition", "0")).isEqualTo(1_050);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "1")).isEqualTo(5);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "users", "partition", "0")).isEqualTo(2);
    Timer latency = registry.get("twinlog.latency").tags("link", LINK, "topic", "orders").timer();
    assertThat(latency.count()).isEqualTo(3);
    assertThat(latency.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(90, within(1e-6));
    assertThat(latency.max(TimeUnit.MILLISECONDS)).isEqualTo(50, within(1e-6));
    assertThat(latency.takeSnapshot().percentileValues()).isEmpty();
  }

  @Test
  void copied_withClocksThatDisagree_isAZeroSampleAndNotLost() {
    open();
    meters.copied(route(ORDERS_0), 1, 1, Duration.ofMillis(-40));
    Timer latency = registry.get("twinlog.latency").timer();
    assertThat(latency.count()).isEqualTo(1);
    assertThat(latency.totalTime(TimeUnit.MILLISECONDS)).isZero();
  }

  @Test
  void handling_countsBatchesPerTopicByHowTheyWereHandled() {
    open();
    meters.handling(route(ORDERS_0), BatchHandling.PASSED_THROUGH, 2);
    meters.handling(route(ORDERS_1), BatchHandling.PASSED_THROUGH, 1);
    meters.handling(route(ORDERS_1), BatchHandling.SPLIT, 1);
    meters.handling(route(USERS_0), BatchHandling.COMPACTED, 4);

    assertThat(counter(TwinlogMeter.BATCHES, "topic", "orders", "handling", "PASSED_THROUGH"))
        .isEqualTo(3);
    assertThat(counter(TwinlogMeter.BATCHES, "topic", "orders", "handling", "SPLIT")).isEqualTo(1);
    assertThat(counter(TwinlogMeter.BATCHES, "topic", "users", "handling", "COMPACTED"))
        .isEqualTo(4);
    assertThat(registry.find("twinlog.batches").counters())
        .as("a handling that did not occur has no series")
        .hasSize(3);
  }

  @Test
  void faultsAndFilteredRecordsAreCountedPerTopic() {
    open();
    meters.filtered(ORDERS_0, 7);
    meters.filtered(ORDERS_1, 1);
    meters.retried(ORDERS_0);
    meters.retried(ORDERS_1);
    meters.rewound(ORDERS_1);
    meters.failed(ORDERS_1);
    meters.configsChanged("orders", 3);
    meters.skipped(ORDERS_0, 50);
    meters.aclsChanged(4);
    meters.listenerFailed();
    meters.duty("discovery", true, Duration.ofMillis(20));
    meters.duty("discovery", false, Duration.ofMillis(10));

    assertThat(counter(TwinlogMeter.DUTY_ERRORS, "duty", "discovery")).isEqualTo(1);
    assertThat(
            registry
                .get(TwinlogMeter.DUTIES.getName())
                .tags(withLink("duty", "discovery"))
                .timer()
                .totalTime(TimeUnit.MILLISECONDS))
        .isEqualTo(30);
    assertThat(counter(TwinlogMeter.FILTERED_RECORDS, "topic", "orders")).isEqualTo(8);
    assertThat(counter(TwinlogMeter.RETRIES, "topic", "orders")).isEqualTo(2);
    assertThat(counter(TwinlogMeter.REWINDS, "topic", "orders")).isEqualTo(1);
    assertThat(counter(TwinlogMeter.ERRORS, "topic", "orders")).isEqualTo(1);
    assertThat(counter(TwinlogMeter.CONFIG_CHANGES, "topic", "orders")).isEqualTo(3);
    assertThat(counter(TwinlogMeter.SKIPPED_OFFSETS, "topic", "orders")).isEqualTo(50);
    assertThat(counter(TwinlogMeter.LISTENER_ERRORS)).isEqualTo(1);
    assertThat(counter(TwinlogMeter.ACL_CHANGES)).isEqualTo(4);
  }

  @Test
  void groups_areShownByState_untilTheLinkCloses() {
    open();
    assertThat(registry.find(TwinlogMeter.GROUPS.getName()).gauges())
        .as("a link that keeps no groups in step")
        .isEmpty();
    meters.groups(Map.of(GroupState.SYNCED, 3, GroupState.LOCAL, 1));
    meters.groupPositionsWritten(30);
    meters.groupPositionsWritten(2);
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "SYNCED")).isEqualTo(3);
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "LOCAL")).isEqualTo(1);
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "AHEAD")).isZero();
    assertThat(counter(TwinlogMeter.GROUP_POSITIONS)).isEqualTo(32);
    meters.groups(Map.of(GroupState.SYNCED, 4));
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "SYNCED")).isEqualTo(4);
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "LOCAL")).isZero();
    meters.linkClosed(LINK);
    assertThat(registry.find(TwinlogMeter.GROUPS.getName()).gauges()).isEmpty();
  }

  @Test
  void lag_isShownInRecordsAndInTheRegistrysUnitOfTime() {
    open();
    meters.lag(ORDERS_0, 12, Duration.ofMillis(2_500));
    assertThat(gauge(TwinlogMeter.LAG_RECORDS, "topic", "orders", "partition", "0")).isEqualTo(12);
    assertThat(gauge(TwinlogMeter.LAG_TIME, "topic", "orders", "partition", "0")).isEqualTo(2.5);
    meters.lag(ORDERS_0, 0, Duration.ZERO);
    assertThat(gauge(TwinlogMeter.LAG_RECORDS, "topic", "orders", "partition", "0")).isZero();
    assertThat(gauge(TwinlogMeter.LAG_TIME, "topic", "orders", "partition", "0")).isZero();
  }

  @Test
  void exactSaysWhatHoldsNow() {
    open();
    meters.guarantee(ORDERS_0, true);
    assertThat(gauge(TwinlogMeter.EXACT, "topic", "orders", "partition", "0")).isEqualTo(1);
    meters.guarantee(ORDERS_0, false);
    assertThat(gauge(TwinlogMeter.EXACT, "topic", "orders", "partition", "0")).isZero();
  }

  @Test
  void partitionState_countsThePartitionsOfEachTopicInEachState() {
    open();
    meters.partitionState(ORDERS_0, PartitionState.OPENING);
    meters.partitionState(ORDERS_1, PartitionState.OPENING);
    meters.partitionState(USERS_0, PartitionState.OPENING);
    meters.partitionState(ORDERS_1, PartitionState.COPYING);
    meters.partitionState(ORDERS_1, PartitionState.STOPPED);

    assertThat(partitions("orders", PartitionState.OPENING)).isEqualTo(1);
    assertThat(partitions("orders", PartitionState.COPYING)).isZero();
    assertThat(partitions("orders", PartitionState.STOPPED)).isEqualTo(1);
    assertThat(partitions("users", PartitionState.OPENING)).isEqualTo(1);
    assertThat(partitions("users", PartitionState.STOPPED)).isZero();
  }

  @Test
  void linkState_isOneForTheCurrentState() {
    open();
    meters.linkState(LinkState.CONNECTING);
    meters.linkState(LinkState.RUNNING);
    for (LinkState state : LinkState.values()) {
      assertThat(gauge(TwinlogMeter.LINK_STATE, "state", state.name()))
          .isEqualTo(state == LinkState.RUNNING ? 1 : 0);
    }
  }

  @Test
  void partitionRemoved_takesTheGaugesAndLeavesTheCounters() {
    open();
    measureEverything(ORDERS_0);
    measureEverything(ORDERS_1);

    meters.partitionRemoved(ORDERS_0);
    assertThat(registry.find("twinlog.lag.records").tags("partition", "0").meter()).isNull();
    assertThat(registry.find("twinlog.lag.time").tags("partition", "0").meter()).isNull();
    assertThat(gauge(TwinlogMeter.LAG_RECORDS, "topic", "orders", "partition", "1")).isEqualTo(3);
    assertThat(partitions("orders", PartitionState.COPYING)).isEqualTo(1);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(1);

    meters.partitionRemoved(ORDERS_1);
    meters.partitionRemoved(ORDERS_1);
    meters.partitionRemoved(USERS_0);
    assertThat(names(registry))
        .doesNotContain("twinlog.partitions", "twinlog.lag.records", "twinlog.lag.time");

    measureEverything(ORDERS_0);
    assertThat(partitions("orders", PartitionState.COPYING)).isEqualTo(1);
    assertThat(gauge(TwinlogMeter.LAG_RECORDS, "topic", "orders", "partition", "0")).isEqualTo(3);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(2);
  }

  @Test
  void linkClosed_leavesCountersAndTimersAndNoGaugeComesBack() {
    open();
    measureEverything(ORDERS_0);
    meters.linkClosed(LINK);
    meters.lag(ORDERS_0, 9, Duration.ofSeconds(9));
    meters.guarantee(ORDERS_0, true);
    meters.partitionState(ORDERS_0, PartitionState.STOPPED);
    meters.linkState(LinkState.STOPPED);

    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getType())
        .containsOnly(Meter.Type.COUNTER, Meter.Type.TIMER);
    assertThat(counter(TwinlogMeter.RECORDS, "topic", "orders", "partition", "0")).isEqualTo(1);
  }

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

  @Test
  void lagUnknown_isNoNumberOfRecords_andATimeThatGrows() {
    open();
    meters.lag(ORDERS_0, 0, Duration.ZERO);
    meters.lagUnknown(ORDERS_0, Duration.ofSeconds(40));
    assertThat(gauge(TwinlogMeter.LAG_RECORDS, "topic", "orders", "partition", "0")).isNaN();
    assertThat(gauge(TwinlogMeter.LAG_TIME, "topic", "orders", "partition", "0")).isEqualTo(40);
    meters.lag(ORDERS_0, 7, Duration.ofSeconds(1));
    assertThat(gauge(TwinlogMeter.LAG_RECORDS, "topic", "orders", "partition", "0")).isEqualTo(7);
  }

  @Test
  void heldBack_isMeasuredWhereItHasHappened() {
    open();
    meters.heldBack(ORDERS_0, 5_000, Duration.ofMinutes(20));
    assertThat(gauge(TwinlogMeter.HELD_BACK_RECORDS, "topic", "orders", "partition", "0"))
        .isEqualTo(5_000);
    assertThat(gauge(TwinlogMeter.HELD_BACK_TIME, "topic", "orders", "partition", "0"))
        .isEqualTo(1_200);
    meters.heldBack(ORDERS_0, 0, Duration.ZERO);
    assertThat(gauge(TwinlogMeter.HELD_BACK_RECORDS, "topic", "orders", "partition", "0")).isZero();
    meters.partitionRemoved(ORDERS_0);
    assertThat(registry.find("twinlog.held.back.time").gauge()).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void everyMeterIsRegisteredAsTheEnumSays(TwinlogMeter documented) {
    open();
    measureEverything(ORDERS_0);
    Meter.Id id = registry.get(documented.getName()).meters().iterator().next().getId();
    assertThat(id.getType()).isEqualTo(documented.getType());
    assertThat(id.getBaseUnit()).isEqualTo(documented.getBaseUnit());
    assertThat(id.getDescription()).isEqualTo(documented.getDescription());
    assertThat(id.getTags())
        .extracting(Tag::getKey)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(documented.getKeyNames()).map(key -> key.asString()).toList());
  }

  @Test
  void noMeterIsMissingInTheEnum() {
    open();
    measureEverything(ORDERS_0);
    assertThat(names(registry))
        .containsExactlyElementsOf(
            Stream.of(TwinlogMeter.values()).map(TwinlogMeter::getName).sorted().toList());
  }

  private void open() {
    meters.bindTo(registry);
    meters.linkOpened(LINK);
  }

  private void measureEverything(TopicPartition source) {
    meters.linkState(LinkState.RUNNING);
    meters.partitionState(source, PartitionState.OPENING);
    meters.partitionState(source, PartitionState.COPYING);
    meters.copied(route(source), 1, 10, Duration.ofMillis(5));
    meters.handling(route(source), BatchHandling.PASSED_THROUGH, 1);
    meters.filtered(source, 1);
    meters.lag(source, 3, Duration.ofSeconds(1));
    meters.groups(Map.of(GroupState.SYNCED, 1));
    meters.heldBack(source, 2, Duration.ofSeconds(1));
    meters.guarantee(source, true);
    meters.retried(source);
    meters.failed(source);
    meters.listenerFailed();
    meters.duty("discovery", false, Duration.ofMillis(1));
  }

  private static Route route(TopicPartition source) {
    return new Route(source, source);
  }

  private double counter(TwinlogMeter meter, String... tags) {
    return registry.get(meter.getName()).tags(withLink(tags)).counter().count();
  }

  private double gauge(TwinlogMeter meter, String... tags) {
    return registry.get(meter.getName()).tags(withLink(tags)).gauge().value();
  }

  private double partitions(String topic, PartitionState state) {
    return gauge(TwinlogMeter.PARTITIONS, "topic", topic, "state", state.name());
  }

  private static Tags withLink(String... tags) {
    return Tags.of(tags).and("link", LINK);
  }

  private static List<String> names(MeterRegistry registry) {
    return registry.getMeters().stream()
        .map(meter -> meter.getId().getName())
        .distinct()
        .sorted()
        .toList();
  }
}
