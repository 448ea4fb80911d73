package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.Throttle;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.Route;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests what the meters of a link measure. */
final class TwinlogMetersTest extends MetersCase {
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
    meters.deadLetter(ORDERS_1);
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
    assertThat(counter(TwinlogMeter.DEAD_LETTERS, "topic", "orders")).isEqualTo(1);
    assertThat(counter(TwinlogMeter.LISTENER_ERRORS)).isEqualTo(1);
    assertThat(counter(TwinlogMeter.ACL_CHANGES)).isEqualTo(4);
  }

  @Test
  void duty_showsHowLongAgoItSucceeded_untilTheLinkCloses() {
    open();
    meters.duty("discovery", false, Duration.ofMillis(1));
    assertThat(gauge(TwinlogMeter.DUTY_SUCCESS_AGE, "duty", "discovery")).isNaN();

    meters.duty("discovery", true, Duration.ofMillis(1));
    double first = gauge(TwinlogMeter.DUTY_SUCCESS_AGE, "duty", "discovery");
    meters.duty("discovery", false, Duration.ofMillis(1));
    assertThat(first).isNotNegative();
    assertThat(gauge(TwinlogMeter.DUTY_SUCCESS_AGE, "duty", "discovery"))
        .isGreaterThanOrEqualTo(first);

    meters.linkClosed(LINK);
    meters.duty("discovery", true, Duration.ofMillis(1));
    assertThat(registry.find(TwinlogMeter.DUTY_SUCCESS_AGE.getName()).gauge()).isNull();
  }

  @Test
  void throttle_isShownWhileThereIsOne_andItsTimeIsCountedInSeconds() {
    open();
    assertThat(gauge(TwinlogMeter.THROTTLE_LIMIT)).isNaN();
    meters.throttle(Throttle.bytesPerSecond(4_000));
    meters.throttled(Duration.ofMillis(1_900));
    meters.throttled(Duration.ofMillis(200));
    assertThat(gauge(TwinlogMeter.THROTTLE_LIMIT)).isEqualTo(4_000);
    assertThat(counter(TwinlogMeter.THROTTLED_TIME)).isEqualTo(2);
    meters.throttle(Throttle.none());
    assertThat(gauge(TwinlogMeter.THROTTLE_LIMIT)).isNaN();
  }

  @Test
  void whatBrokersTellToWait_isCountedInSeconds_ofEachCluster() {
    open();
    meters.throttledBySource(Duration.ofMillis(600));
    meters.throttledByTarget(Duration.ofMillis(2_700));
    meters.throttledBySource(Duration.ofMillis(500));
    assertThat(counter(TwinlogMeter.BROKER_THROTTLED_TIME, "cluster", "source")).isEqualTo(1);
    assertThat(counter(TwinlogMeter.BROKER_THROTTLED_TIME, "cluster", "target")).isEqualTo(2);
  }

  @Test
  void timeToCatchUp_isNoNumberWhileItIsNotKnown_norAfterTheLinkHasFailed() {
    open();
    assertThat(gauge(TwinlogMeter.CATCH_UP_TIME)).isNaN();
    meters.timeToCatchUp(Optional.of(Duration.ofSeconds(90)));
    assertThat(gauge(TwinlogMeter.CATCH_UP_TIME)).isEqualTo(90);
    meters.timeToCatchUp(Optional.empty());
    assertThat(gauge(TwinlogMeter.CATCH_UP_TIME)).isNaN();
    meters.timeToCatchUp(Optional.of(Duration.ZERO));
    assertThat(gauge(TwinlogMeter.CATCH_UP_TIME)).isZero();
    meters.offsetMaps(70_000);
    assertThat(gauge(TwinlogMeter.OFFSET_MAPS)).isEqualTo(70_000);
    meters.linkState(LinkState.FAILED);
    meters.linkClosed(LINK);
    assertThat(gauge(TwinlogMeter.CATCH_UP_TIME)).as("nothing is copied any more").isNaN();
  }

  @Test
  void groups_areShownByState_untilTheLinkCloses() {
    open();
    assertThat(registry.find(TwinlogMeter.GROUPS.getName()).gauges())
        .as("a link that keeps no groups in step")
        .isEmpty();
    meters.groups(Map.of(GroupState.SYNCED, 3, GroupState.LOCAL, 1));
    meters.groupPositionWritten("billing", ORDERS_0, Duration.ofMillis(5));
    meters.groupPositionWritten("stock", ORDERS_0, Duration.ofMillis(5));
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "SYNCED")).isEqualTo(3);
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "LOCAL")).isEqualTo(1);
    assertThat(gauge(TwinlogMeter.GROUPS, "state", "AHEAD")).isZero();
    assertThat(counter(TwinlogMeter.GROUP_POSITIONS)).isEqualTo(2);
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

  @Test
  void verified_countsRecords_andShowsTheLastVerdicts() {
    open();
    meters.verified(exact(ORDERS_0), exact(ORDERS_0));
    assertThat(registry.find("twinlog.different.records").gauge()).isNull();
    meters.verified(exact(ORDERS_1), different(ORDERS_1));
    assertThat(counter(TwinlogMeter.VERIFIED_RECORDS, "topic", "orders")).isEqualTo(10);
    assertThat(gauge(TwinlogMeter.VERIFIED_PARTITIONS, "verdict", "EXACT")).isEqualTo(1);
    assertThat(gauge(TwinlogMeter.VERIFIED_PARTITIONS, "verdict", "DIFFERENT")).isEqualTo(1);
    assertThat(gauge(TwinlogMeter.DIFFERENT_RECORDS, "topic", "orders", "partition", "1"))
        .isEqualTo(1);
    meters.verified(exact(ORDERS_1), exact(ORDERS_1));
    assertThat(gauge(TwinlogMeter.VERIFIED_PARTITIONS, "verdict", "EXACT")).isEqualTo(2);
    assertThat(gauge(TwinlogMeter.DIFFERENT_RECORDS, "topic", "orders", "partition", "1")).isZero();
    meters.partitionState(ORDERS_1, PartitionState.COPYING);
    meters.partitionRemoved(ORDERS_1);
    assertThat(gauge(TwinlogMeter.VERIFIED_PARTITIONS, "verdict", "EXACT")).isEqualTo(1);
    meters.linkClosed(LINK);
    assertThat(names(registry)).doesNotContain("twinlog.verified.partitions");
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
}
