package dev.twinlog.metrics;

import dev.twinlog.GroupState;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionVerdict;
import dev.twinlog.Throttle;
import dev.twinlog.VerifyDifference;
import dev.twinlog.spi.BatchHandling;
import dev.twinlog.spi.Route;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;

/** The meters of a link in a registry. */
abstract class MetersCase {
  static final String LINK = "us-to-eu";
  static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);
  static final TopicPartition USERS_0 = new TopicPartition("users", 0);
  final MeterRegistry registry = new SimpleMeterRegistry();
  final TwinlogMeters meters = new TwinlogMeters();

  @AfterEach
  void close() {
    meters.close();
    registry.close();
  }

  void open() {
    meters.bindTo(registry);
    meters.linkOpened(LINK);
  }

  void measureEverything(TopicPartition source) {
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
    PartitionVerdict different = different(source);
    meters.verified(different, different);
    meters.retried(source);
    meters.rewound(source);
    meters.skipped(source, 1);
    meters.deadLetter(source);
    meters.configsChanged(source.topic(), 1);
    meters.aclsChanged(1);
    meters.throttle(Throttle.bytesPerSecond(1_000));
    meters.throttled(Duration.ofMillis(1_500));
    meters.throttledBySource(Duration.ofSeconds(1));
    meters.throttledByTarget(Duration.ofSeconds(1));
    meters.timeToCatchUp(Optional.of(Duration.ofSeconds(1)));
    meters.offsetMaps(1);
    meters.groupPositionWritten("billing", ORDERS_0, Duration.ofMillis(5));
    meters.failed(source);
    meters.listenerFailed();
    meters.duty("discovery", false, Duration.ofMillis(1));
  }

  static PartitionVerdict different(TopicPartition source) {
    return PartitionVerdict.builder(source)
        .compared(0, 5, 0, 5, 5, 50)
        .difference(VerifyDifference.of(VerifyDifference.Kind.MISSING, 3, 3, "not there"))
        .build();
  }

  static PartitionVerdict exact(TopicPartition source) {
    return PartitionVerdict.builder(source).compared(0, 5, 0, 5, 5, 50).build();
  }

  static Route route(TopicPartition source) {
    return new Route(source, source);
  }

  double counter(TwinlogMeter meter, String... tags) {
    return registry.get(meter.getName()).tags(withLink(tags)).counter().count();
  }

  double gauge(TwinlogMeter meter, String... tags) {
    return registry.get(meter.getName()).tags(withLink(tags)).gauge().value();
  }

  double partitions(String topic, PartitionState state) {
    return gauge(TwinlogMeter.PARTITIONS, "topic", topic, "state", state.name());
  }

  static Tags withLink(String... tags) {
    return Tags.of(tags).and("link", LINK);
  }

  static List<String> names(MeterRegistry registry) {
    return registry.getMeters().stream()
        .map(meter -> meter.getId().getName())
        .distinct()
        .sorted()
        .toList();
  }
}
