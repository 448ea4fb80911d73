package dev.twinlog.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.StateMetrics;
import dev.twinlog.Throttle;
import dev.twinlog.metrics.internal.jmx.DutyBean;
import dev.twinlog.metrics.internal.jmx.MetricsGroup;
import dev.twinlog.metrics.internal.jmx.MirrorMakerBeans;
import dev.twinlog.metrics.internal.jmx.PartitionBean;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.Route;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JmxMetricsTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
  private static final Route ROUTE = new Route(ORDERS, new TopicPartition("us.orders", 3));
  private static final String LINK = "dev.twinlog:type=link,link=us-to-eu";
  private static final String DUTY = "dev.twinlog:type=duty,link=us-to-eu,duty=discovery";
  private static final String PARTITION =
      "dev.twinlog:type=partition,link=us-to-eu,topic=orders,partition=0";
  private static final String MIRROR_MAKER =
      "kafka.connect.mirror:type=MirrorSourceConnector,source=us,target=eu,topic=us.orders,partition=3";

  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private final JmxMetrics metrics = JmxMetrics.withMirrorMakerNames("us", "eu");

  @AfterEach
  void close() {
    metrics.close();
  }

  private void open() {
    metrics.linkOpened("us-to-eu");
    metrics.linkState(LinkState.RUNNING);
    metrics.partitionState(ORDERS, PartitionState.COPYING);
  }

  private Object attribute(String bean, String name) throws Exception {
    return server.getAttribute(new ObjectName(bean), name);
  }

  private Set<String> beans() throws Exception {
    return server.queryNames(null, null).stream()
        .map(ObjectName::getCanonicalName)
        .filter(name -> name.startsWith("dev.twinlog:") || name.startsWith("kafka.connect.mirror:"))
        .collect(Collectors.toSet());
  }

  private boolean exists(String bean) throws Exception {
    return server.isRegistered(new ObjectName(bean));
  }

  @Test
  void whatIsCopied_isCounted_alsoUnderTheNamesOfMirrorMaker() throws Exception {
    open();
    metrics.copied(ROUTE, 10, 1_000, Duration.ofMillis(20));
    metrics.copied(ROUTE, 30, 3_000, Duration.ofMillis(60));
    assertThat(attribute(PARTITION, "latency-ms")).isEqualTo(60.0);
    assertThat(attribute(MIRROR_MAKER, "replication-latency-ms")).isEqualTo(60.0);
    for (String bean : List.of(PARTITION, MIRROR_MAKER)) {
      assertThat(attribute(bean, "record-count")).isEqualTo(40.0);
      assertThat(attribute(bean, "byte-count")).isEqualTo(4_000.0);
      assertThat((double) attribute(bean, "record-rate")).isPositive();
      assertThat((double) attribute(bean, "byte-rate")).isPositive();
    }
    for (String time : List.of("replication-latency-ms", "record-age-ms")) {
      assertThat(attribute(MIRROR_MAKER, time + "-min")).isEqualTo(20.0);
      assertThat(attribute(MIRROR_MAKER, time + "-max")).isEqualTo(60.0);
      assertThat(attribute(MIRROR_MAKER, time + "-avg")).isEqualTo(40.0);
    }
  }

  @Test
  void positionsOfGroups_haveTheNamesOfMirrorMaker_eachGroupItsOwn() throws Exception {
    open();
    String bean =
        "kafka.connect.mirror:type=MirrorCheckpointConnector,source=us,target=eu,group=%s,topic=us.orders,partition=3";
    metrics.groupPositionWritten("billing", ROUTE.target(), Duration.ofMillis(20));
    metrics.groupPositionWritten("billing", ROUTE.target(), Duration.ofMillis(60));
    metrics.groupPositionWritten("stock", ROUTE.target(), Duration.ofMillis(5));
    String billing = bean.formatted("billing");
    assertThat(attribute(billing, "checkpoint-latency-ms")).isEqualTo(60.0);
    assertThat(attribute(billing, "checkpoint-latency-ms-min")).isEqualTo(20.0);
    assertThat(attribute(billing, "checkpoint-latency-ms-max")).isEqualTo(60.0);
    assertThat(attribute(billing, "checkpoint-latency-ms-avg")).isEqualTo(40.0);
    assertThat(attribute(bean.formatted("stock"), "checkpoint-latency-ms")).isEqualTo(5.0);
    metrics.linkClosed("us-to-eu");
    assertThat(exists(billing)).isFalse();
  }

  @Test
  void aPositionThatIsNotWrittenAnyMore_losesItsBean() throws Exception {
    AtomicLong now = new AtomicLong();
    MirrorMakerBeans beans = new MirrorMakerBeans("us", "eu", now::get);
    String bean =
        "kafka.connect.mirror:type=MirrorCheckpointConnector,source=us,target=eu,group=%s,topic=us.orders,partition=3";
    beans.positionWritten("gone", ROUTE.target(), Duration.ZERO);
    for (int hour = 1; hour <= 48; hour++) {
      now.addAndGet(Duration.ofHours(1).toNanos());
      beans.positionWritten("stays", ROUTE.target(), Duration.ZERO);
    }
    assertThat(exists(bean.formatted("gone"))).isTrue();
    now.addAndGet(Duration.ofHours(1).toNanos());
    beans.positionWritten("stays", ROUTE.target(), Duration.ZERO);
    assertThat(exists(bean.formatted("gone"))).isFalse();
    assertThat(exists(bean.formatted("stays"))).isTrue();
    beans.close();
  }

  @Test
  void states_andNumbersOfTheLink_areShown() throws Exception {
    open();
    assertThat(attribute(LINK, "state")).isEqualTo("RUNNING");
    assertThat(attribute(LINK, "state-running")).isEqualTo(1);
    assertThat(attribute(LINK, "state-failed")).isEqualTo(0);
    assertThat(attribute(LINK, "partitions")).isEqualTo(1);
    metrics.groups(Map.of(GroupState.SYNCED, 4, GroupState.OTHER_TYPE, 1));
    metrics.groups(Map.of(GroupState.SYNCED, 5));
    assertThat(attribute(LINK, "groups-synced")).isEqualTo(5);
    assertThat(attribute(LINK, "groups-other-type")).isEqualTo(0);
    metrics.listenerFailed();
    metrics.aclsChanged(2);
    metrics.configsChanged("orders", 3);
    metrics.groupPositionWritten("billing", ORDERS, Duration.ofMillis(5));
    assertThat(attribute(LINK, "throttle-bytes-per-second")).isEqualTo(Double.NaN);
    metrics.throttle(Throttle.bytesPerSecond(500));
    metrics.throttled(Duration.ofMillis(70));
    assertThat(attribute(LINK, "throttle-bytes-per-second")).isEqualTo(500.0);
    assertThat(attribute(LINK, "throttled-ms")).isEqualTo(70.0);
    metrics.throttledBySource(Duration.ofMillis(30));
    metrics.throttledByTarget(Duration.ofMillis(40));
    metrics.throttledByTarget(Duration.ofMillis(5));
    assertThat(attribute(LINK, "throttled-by-source-ms")).isEqualTo(30.0);
    assertThat(attribute(LINK, "throttled-by-target-ms")).isEqualTo(45.0);
    assertThat(attribute(LINK, "catch-up-ms")).isEqualTo(Double.NaN);
    metrics.timeToCatchUp(Optional.of(Duration.ofSeconds(9)));
    metrics.offsetMaps(2_000);
    assertThat(attribute(LINK, "catch-up-ms")).isEqualTo(9_000.0);
    assertThat(attribute(LINK, "offset-map-bytes")).isEqualTo(2_000L);
    assertThat(attribute(LINK, "listener-error-count")).isEqualTo(1.0);
    assertThat(attribute(LINK, "acl-change-count")).isEqualTo(2.0);
    assertThat(attribute(LINK, "config-change-count")).isEqualTo(3.0);
    assertThat(attribute(LINK, "group-position-count")).isEqualTo(1.0);
  }

  @Test
  void whatIsDoneForTheLink_isShown() throws Exception {
    open();
    metrics.handling(ROUTE, BatchHandling.PASSED_THROUGH, 3);
    metrics.handling(ROUTE, BatchHandling.PASSED_THROUGH, 2);
    assertThat(attribute(LINK, "batch-count-passed-through")).isEqualTo(5.0);

    metrics.duty("discovery", false, Duration.ofMillis(10));
    assertThat((double) attribute(DUTY, "success-age-ms")).isNaN();
    metrics.duty("discovery", true, Duration.ofMillis(30));
    assertThat((double) attribute(DUTY, "success-age-ms")).isNotNegative();
    assertThat(attribute(DUTY, "run-count")).isEqualTo(2.0);
    assertThat(attribute(DUTY, "error-count")).isEqualTo(1.0);
    assertThat(attribute(DUTY, "duration-ms-avg")).isEqualTo(20.0);
  }

  @Test
  void verification_isShown() throws Exception {
    open();
    PartitionVerdict different = MetersCase.different(ORDERS);
    metrics.verified(different, different);
    assertThat(attribute(LINK, "verified-record-count")).isEqualTo(5.0);
    assertThat(attribute(LINK, "verified-partitions-different")).isEqualTo(1);
    assertThat(attribute(PARTITION, "different-records")).isEqualTo(1L);

    PartitionVerdict exact = MetersCase.exact(ORDERS);
    metrics.verified(exact, exact);
    assertThat(attribute(LINK, "verified-partitions-different")).isEqualTo(0);
    assertThat(attribute(LINK, "verified-partitions-exact")).isEqualTo(1);
    assertThat(attribute(PARTITION, "different-records")).isEqualTo(0L);
  }

  /** What a link measures and one of them does not take would be missing without a word. */
  @ParameterizedTest
  @ValueSource(classes = {JmxMetrics.class, TwinlogMeters.class})
  void everythingThatALinkMeasures_isTaken(Class<?> metrics) {
    assertThat(StateMetrics.class.getMethods())
        .filteredOn(method -> !Modifier.isStatic(method.getModifiers()))
        .isNotEmpty()
        .allSatisfy(
            method ->
                assertThat(
                        metrics
                            .getMethod(method.getName(), method.getParameterTypes())
                            .getDeclaringClass())
                    .as(method.getName())
                    .isEqualTo(metrics));
  }

  @Test
  void aPartition_showsItsLagAndTroubles_andWhatIsUnknownIsNoNumber() throws Exception {
    open();
    assertThat(attribute(PARTITION, "lag-records")).isEqualTo(Double.NaN);
    metrics.lag(ORDERS, 7, Duration.ofMillis(70));
    assertThat(attribute(PARTITION, "lag-records")).isEqualTo(7.0);
    assertThat(attribute(PARTITION, "lag-ms")).isEqualTo(70.0);
    metrics.lagUnknown(ORDERS, Duration.ofMillis(90));
    assertThat(attribute(PARTITION, "lag-records")).isEqualTo(Double.NaN);
    assertThat(attribute(PARTITION, "lag-ms")).isEqualTo(90.0);
    metrics.heldBack(ORDERS, 5, Duration.ofMillis(50));
    metrics.guarantee(ORDERS, true);
    metrics.retried(ORDERS);
    metrics.rewound(ORDERS);
    metrics.failed(ORDERS);
    metrics.skipped(ORDERS, 8);
    metrics.deadLetter(ORDERS);
    metrics.filtered(ORDERS, 9);
    assertThat(attribute(PARTITION, "state")).isEqualTo("COPYING");
    assertThat(attribute(PARTITION, "held-back-records")).isEqualTo(5L);
    assertThat(attribute(PARTITION, "held-back-ms")).isEqualTo(50L);
    assertThat(attribute(PARTITION, "exact")).isEqualTo(1);
    assertThat(attribute(PARTITION, "retry-count")).isEqualTo(1.0);
    assertThat(attribute(PARTITION, "rewind-count")).isEqualTo(1.0);
    assertThat(attribute(PARTITION, "error-count")).isEqualTo(1.0);
    assertThat(attribute(PARTITION, "skipped-offset-count")).isEqualTo(8.0);
    assertThat(attribute(PARTITION, "dead-letter-count")).isEqualTo(1.0);
    assertThat(attribute(PARTITION, "filtered-record-count")).isEqualTo(9.0);
  }

  @Test
  void aPartitionThatLeaves_takesItsBeansWithIt_andWhatComesLateBringsNoneBack() throws Exception {
    open();
    metrics.copied(ROUTE, 1, 1, Duration.ZERO);
    assertThat(exists(MIRROR_MAKER)).isTrue();
    metrics.partitionRemoved(ORDERS);
    metrics.copied(ROUTE, 1, 1, Duration.ZERO);
    metrics.retried(ORDERS);
    assertThat(beans()).containsExactly(new ObjectName(LINK).getCanonicalName());
    metrics.partitionState(ORDERS, PartitionState.OPENING);
    assertThat(attribute(PARTITION, "record-count")).isEqualTo(0.0);
  }

  @Test
  void howALinkHasEnded_isShownUntilItIsClosed() throws Exception {
    open();
    metrics.copied(ROUTE, 1, 1, Duration.ZERO);
    metrics.duty("discovery", true, Duration.ZERO);
    metrics.linkState(LinkState.FENCED);
    metrics.linkClosed("us-to-eu");
    assertThat(beans()).containsExactly(new ObjectName(LINK).getCanonicalName());
    assertThat(attribute(LINK, "state")).isEqualTo("FENCED");
    metrics.close();
    assertThat(beans()).isEmpty();
    metrics.close();
    assertThatThrownBy(() -> metrics.linkOpened("us-to-eu"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void anotherLink_isRefused() {
    open();
    assertThatThrownBy(() -> metrics.linkOpened("other"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("link us-to-eu: link other needs its own");
  }

  @Test
  void withoutThatChoice_thereAreNoNamesOfMirrorMaker() throws Exception {
    try (JmxMetrics own = new JmxMetrics()) {
      own.linkOpened("own");
      own.partitionState(ORDERS, PartitionState.COPYING);
      own.copied(ROUTE, 1, 1, Duration.ZERO);
      assertThat(beans()).hasSize(2).allMatch(name -> name.startsWith("dev.twinlog:"));
    }
  }

  @Test
  void itsClasses_needNoMicrometer() throws Exception {
    for (Class<?> type :
        List.of(
            JmxMetrics.class,
            DutyBean.class,
            PartitionBean.class,
            MirrorMakerBeans.class,
            MetricsGroup.class)) {
      try (InputStream bytes = type.getResourceAsStream(type.getSimpleName() + ".class")) {
        String code = new String(bytes.readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(code).contains("org/apache/kafka").doesNotContain("io/micrometer");
      }
    }
  }
}
