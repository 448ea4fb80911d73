package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.DutyStatus;
import dev.twinlog.Replicator;
import dev.twinlog.metrics.TwinlogMeters;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests the meters that a link reports, in virtual time. */
final class EngineMetersTest {
  private static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
  private static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final InMemorySink sink = InMemorySink.to(west);
  private final MeterRegistry registry = new SimpleMeterRegistry();
  private final TwinlogMeters meters = new TwinlogMeters();

  @AfterEach
  void close() {
    meters.close();
    registry.close();
  }

  @Test
  void aLinkTellsItsMetersWhatItDoes() {
    meters.bindTo(registry);
    east.createTopic("orders", 2);
    for (int i = 0; i < 10; i++) {
      east.append(ORDERS_0, "key" + i, "value" + i); // 10 bytes
    }
    east.append(ORDERS_1, "key", "drop");
    sink.failWrite(new Route(ORDERS_0, ORDERS_0), 1, new RetriableException("try again"));
    clock.advance(Duration.ofSeconds(3));

    try (SteppedReplicator link = SteppedReplicator.of(builder(), clock, 7)) {
      link.start();
      link.advance(Duration.ofSeconds(2));
      east.append(ORDERS_1, "key", "bad");
      link.advance(Duration.ofSeconds(2));

      assertThat(counter("twinlog.records", "partition", "0")).isEqualTo(10);
      assertThat(counter("twinlog.bytes", "partition", "0")).isEqualTo(100);
      assertThat(counter("twinlog.batches", "handling", "DECODED")).isEqualTo(1);
      assertThat(counter("twinlog.filtered.records", "topic", "orders")).isEqualTo(1);
      assertThat(counter("twinlog.retries", "topic", "orders")).isEqualTo(1);
      assertThat(counter("twinlog.errors", "topic", "orders")).isEqualTo(1);
      assertThat(gauge("twinlog.lag.records", "partition", "0")).isZero();
      assertThat(gauge("twinlog.partitions", "state", "CAUGHT_UP")).isEqualTo(1);
      assertThat(gauge("twinlog.partitions", "state", "STOPPED")).isEqualTo(1);
      assertThat(gauge("twinlog.link.state", "state", "RUNNING")).isEqualTo(1);
      assertThat(registry.get("twinlog.latency").timer().max(TimeUnit.SECONDS)).isBetween(3.0, 5.0);
    }
    assertThat(counter("twinlog.records", "partition", "0")).isEqualTo(10);
    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getType())
        .doesNotContain(Meter.Type.GAUGE);
  }

  @Test
  void periodicTasks_areMeasured_andTheStatusSaysHowTheyAreDoing() {
    meters.bindTo(registry);
    east.createTopic("orders", 1);
    try (SteppedReplicator link = SteppedReplicator.of(builder(), clock, 7)) {
      link.start();
      link.advance(Duration.ofSeconds(2));
      assertThat(discovery(link).failures()).isZero();
      assertThat(discovery(link).lastError()).isEmpty();
      assertThat(counter("twinlog.duty.errors", "duty", "discovery")).isZero();

      east.unavailable(true);
      link.advance(Duration.ofSeconds(40)); // the next discovery is due after 30
      assertThat(discovery(link).failures()).isPositive();
      assertThat(discovery(link).lastError()).isPresent();
      assertThat(counter("twinlog.duty.errors", "duty", "discovery")).isPositive();

      east.unavailable(false);
      link.advance(Duration.ofSeconds(20)); // backoff is 10 seconds at most
      assertThat(discovery(link).failures()).isZero();
      assertThat(discovery(link).lastError()).isPresent();
      assertThat(discovery(link).lastSuccess())
          .hasValueSatisfying(at -> assertThat(at).isAfter(clock.instant().minusSeconds(20)));
      assertThat(registry.get("twinlog.duties").tags("duty", "discovery").timer().count())
          .isGreaterThan(2);
    }
  }

  private static DutyStatus discovery(SteppedReplicator link) {
    return link.status().duties().stream()
        .filter(duty -> duty.name().equals("discovery"))
        .findFirst()
        .orElseThrow();
  }

  private Replicator.Builder builder() {
    return Replicator.builder()
        .link("east-to-west")
        .source(InMemorySource.from(east))
        .sink(sink)
        .transform(
            record ->
                switch (new String(record.value(), StandardCharsets.UTF_8)) {
                  case "drop" -> Optional.empty();
                  case "bad" -> throw new IllegalArgumentException("bad");
                  default -> Optional.of(record);
                })
        .clock(clock)
        .metrics(meters);
  }

  private double counter(String name, String tag, String value) {
    return registry.get(name).tags("link", "east-to-west", tag, value).counter().count();
  }

  private double gauge(String name, String tag, String value) {
    return registry.get(name).tags("link", "east-to-west", tag, value).gauge().value();
  }
}
