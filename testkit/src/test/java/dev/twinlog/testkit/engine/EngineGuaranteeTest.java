package dev.twinlog.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twinlog.DeliveryGuarantee;
import dev.twinlog.LinkState;
import dev.twinlog.PartitionState;
import dev.twinlog.PartitionStatus;
import dev.twinlog.Replicator;
import dev.twinlog.spi.ConfigurationException;
import dev.twinlog.spi.Lease;
import dev.twinlog.spi.PluginContext;
import dev.twinlog.spi.Progress;
import dev.twinlog.spi.ProgressStore;
import dev.twinlog.spi.RecoverableSink;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteFencedException;
import dev.twinlog.spi.RouteGuarantees;
import dev.twinlog.spi.RouteProgress;
import dev.twinlog.spi.Sink;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.Source;
import dev.twinlog.spi.SourcePartition;
import dev.twinlog.spi.SourceReader;
import dev.twinlog.spi.StartPosition;
import dev.twinlog.testkit.InMemoryCluster;
import dev.twinlog.testkit.InMemorySink;
import dev.twinlog.testkit.InMemorySource;
import dev.twinlog.testkit.SteppedReplicator;
import dev.twinlog.testkit.VirtualClock;
import dev.twinlog.testkit.memory.InMemoryProgress;
import dev.twinlog.testkit.memory.InMemoryProgressStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the guarantee that a link reports, and the lease of its owner. */
final class EngineGuaranteeTest {
  private static final TopicPartition ORDERS = new TopicPartition("orders", 0);

  private final VirtualClock clock = VirtualClock.create();
  private final InMemoryCluster east = InMemoryCluster.create("east", clock);
  private final InMemoryCluster west = InMemoryCluster.create("west", clock);
  private final List<SteppedReplicator> links = new ArrayList<>();

  @BeforeEach
  void produce() {
    east.createTopic("orders", 1);
    east.append(ORDERS, "key", "value");
    west.createTopic("orders", 1);
  }

  @AfterEach
  void closeLinks() {
    links.forEach(SteppedReplicator::close);
  }

  private Replicator.Builder builder() {
    return Replicator.builder()
        .link("east-to-west")
        .source(InMemorySource.from(east))
        .sink(InMemorySink.to(west))
        .clock(clock);
  }

  private SteppedReplicator start(Replicator.Builder builder) {
    SteppedReplicator link = SteppedReplicator.of(builder, clock, 42);
    links.add(link);
    link.start();
    link.advance(Duration.ofSeconds(1));
    return link;
  }

  private PartitionStatus status(SteppedReplicator link) {
    return link.status().partitions().get(ORDERS);
  }

  // The guarantee.

  @Test
  void recoverableSink_isExactlyOnce_unlessAtLeastOnceIsConfigured() {
    PartitionStatus exact = status(start(builder()));
    assertThat(exact.guarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
    assertThat(exact).asString().contains("EXACTLY_ONCE");

    PartitionStatus chosen =
        status(start(builder().deliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)));
    assertThat(chosen.guarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
    assertThat(chosen.guaranteeReason()).contains("the link's delivery guarantee");
  }

  @Test
  void runWithoutRecovery_leavesNoSinkState() {
    InMemoryProgress kept = InMemoryProgress.create();
    start(builder().progressStore(kept.openStore())).close();
    assertThat(sinkStates(kept)).isNotEmpty().allMatch(state -> state.length > 0);

    Replicator.Builder less = builder().deliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE);
    start(less.progressStore(kept.openStore())).close();
    assertThat(sinkStates(kept)).isNotEmpty().allMatch(state -> state.length == 0);
  }

  private static List<byte[]> sinkStates(InMemoryProgress kept) {
    return kept.openStore().load().values().stream()
        .flatMap(progress -> progress.routes().stream())
        .map(RouteProgress::sinkState)
        .toList();
  }

  @Test
  void sinkWithoutRecovery_isAtLeastOnce_andExactlyOnceIsRefused() {
    Replicator.Builder builder =
        builder()
            .sink(InMemorySink.to(west).writeOnly())
            .progressStore(InMemoryProgressStore.create());
    PartitionStatus status = status(start(builder));
    assertThat(status.guarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
    assertThat(status.guaranteeReason()).contains("the sink can't report");
    assertThatThrownBy(() -> builder.deliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE).build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("can't recover");
  }

  @Test
  void guaranteeThatTheSinkReports_isInTheStatus() {
    Outspoken sink = new Outspoken(InMemorySink.to(west));
    SteppedReplicator link =
        start(builder().sink(sink).progressStore(InMemoryProgressStore.create()));
    assertThat(status(link).guarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
    sink.says.put(
        new Route(ORDERS, ORDERS), new RouteGuarantees.Guarantee(false, "by a lease only"));
    link.advance(Duration.ofSeconds(1));
    assertThat(status(link).guarantee()).isEqualTo(DeliveryGuarantee.AT_LEAST_ONCE);
    assertThat(status(link).guaranteeReason()).isEqualTo("by a lease only");
    sink.says.put(
        new Route(ORDERS, ORDERS), new RouteGuarantees.Guarantee(true, "one write at a time"));
    link.advance(Duration.ofSeconds(1));
    assertThat(status(link).guarantee()).isEqualTo(DeliveryGuarantee.EXACTLY_ONCE);
    assertThat(status(link).guaranteeReason()).isEqualTo("one write at a time");
    sink.says.clear();
    link.advance(Duration.ofSeconds(1));
    assertThat(status(link).guaranteeReason()).contains("at each opening");
  }

  private static final class Outspoken implements RecoverableSink, RouteGuarantees {
    private final InMemorySink sink;
    private final Map<Route, Guarantee> says = new HashMap<>();

    Outspoken(InMemorySink sink) {
      this.sink = sink;
    }

    @Override
    public SinkWriter openWriter(PluginContext context) {
      return sink.openWriter(context);
    }

    @Override
    public CompletionStage<Map<Route, Recovery>> recover(
        Map<Route, Optional<RouteProgress>> routes) {
      return sink.recover(routes);
    }

    @Override
    public Map<Route, Guarantee> guarantees() {
      return says;
    }
  }

  // The lease.

  private final InMemoryProgress progress = InMemoryProgress.create();
  private final List<Duration> proofs = new ArrayList<>();
  private Lease lease;

  private SteppedReplicator startLeased() {
    Sink sink =
        context -> {
          lease = context.lease();
          return InMemorySink.to(west).writeOnly().openWriter(context);
        };
    return start(builder().sink(sink).progressStore(new Counting(progress.openStore())));
  }

  @Test
  void idleLink_renewsItsLeaseEveryFiveSeconds() {
    SteppedReplicator link = startLeased();
    link.advance(Duration.ofSeconds(10));
    proofs.clear();
    link.advance(Duration.ofMinutes(1));
    assertThat(proofs).hasSize(12);
    for (int i = 1; i < proofs.size(); i++) {
      assertThat(proofs.get(i).minus(proofs.get(i - 1))).isEqualTo(Duration.ofSeconds(5));
    }
    assertThat(lease.holds()).isTrue();
  }

  @Test
  void unreachableStore_letsTheLeaseExpire_untilItIsBack() {
    SteppedReplicator link = startLeased();
    link.advance(Duration.ofSeconds(10));
    assertThat(lease.holds()).isTrue();
    progress.failWith(new RetriableException("unreachable"));
    link.advance(Duration.ofSeconds(14));
    assertThat(lease.holds()).as("its last proof is valid for 20 s").isTrue();
    link.advance(Duration.ofSeconds(7));
    assertThat(lease.holds()).isFalse();
    progress.heal();
    link.advance(Duration.ofSeconds(6));
    assertThat(lease.holds()).isTrue();
    assertThat(lease.formerOwnersExpired()).as("21 s after the takeover").isTrue();
  }

  @Test
  void unreachableCluster_doesNotStopLeaseRenewal() {
    SteppedReplicator link = startLeased();
    east.unavailable(true);
    link.advance(Duration.ofMinutes(2));
    assertThat(link.status().state()).isEqualTo(LinkState.CONNECTING);
    assertThat(lease.holds()).isTrue();
  }

  @Test
  void sourceRequestsThatFailAfterTenSeconds_doNotExpireTheLease() {
    InMemorySource source = InMemorySource.from(east);
    List<Boolean> held = new ArrayList<>();
    Sink sink =
        context -> {
          lease = context.lease();
          return InMemorySink.to(west).writeOnly().openWriter(context);
        };
    SteppedReplicator link =
        start(
            builder()
                .source(new Slow(source, held))
                .sink(sink)
                .progressStore(progress.openStore()));
    east.unavailable(true);
    held.clear();
    link.advance(Duration.ofMinutes(2));
    assertThat(held).hasSizeGreaterThan(5).doesNotContain(false);
  }

  /** A source whose requests take time and fail. */
  private final class Slow implements Source {
    private final InMemorySource source;
    private final List<Boolean> held;

    Slow(InMemorySource source, List<Boolean> held) {
      this.source = source;
      this.held = held;
    }

    private <T> T ask(Supplier<T> question) {
      try {
        return question.get();
      } catch (RetriableException e) {
        clock.advance(Duration.ofSeconds(10));
        held.add(lease.holds());
        throw e;
      }
    }

    @Override
    public List<SourcePartition> partitions() {
      return ask(source::partitions);
    }

    @Override
    public Map<TopicPartition, Long> resolve(Map<TopicPartition, StartPosition> starts) {
      return ask(() -> source.resolve(starts));
    }

    @Override
    public SourceReader openReader(PluginContext context) {
      return source.openReader(context);
    }
  }

  @ParameterizedTest(name = "while it was idle: {0}")
  @ValueSource(booleans = {true, false})
  void fencedRoute_isReported_andOwnershipIsCheckedAtOnce(boolean idle) {
    InMemorySink sink = InMemorySink.to(west);
    Counting store = new Counting(west.progress("east-to-west").openStore());
    SteppedReplicator link = start(builder().sink(sink).progressStore(store));
    RouteFencedException fence = new RouteFencedException("another owner has opened it");
    sink.failWrite(
        new Route(ORDERS, ORDERS), 1, idle ? new RetriableException("failed: it", fence) : fence);
    proofs.clear();
    east.append(ORDERS, "key", "value");
    link.settle();
    assertThat(status(link).state()).isEqualTo(PartitionState.RETRYING);
    assertThat(status(link).cause().orElseThrow()).hasStackTraceContaining(fence.getMessage());
    assertThat(proofs).containsExactly(Duration.ofNanos(clock.nanoTime()));
    link.advance(Duration.ofSeconds(1));
    assertThat(west.records(ORDERS)).hasSize(2);
  }

  @Test
  void closingLinkWithWritesInFlight_keepsItsLease() {
    SteppedReplicator link = startLeased();
    InMemorySink slow = InMemorySink.to(west);
    slow.ackMode(InMemorySink.AckMode.MANUAL);
    SteppedReplicator stuck =
        start(
            builder()
                .link("stuck")
                .sink(
                    context -> {
                      lease = context.lease();
                      return slow.writeOnly().openWriter(context);
                    })
                .progressStore(InMemoryProgressStore.create())
                .closeTimeout(Duration.ofMinutes(2)));
    stuck.replicator().close();
    stuck.advance(Duration.ofMinutes(1));
    assertThat(stuck.isEnded()).isFalse();
    assertThat(lease.holds()).isTrue();
    slow.ackAll();
    stuck.advance(Duration.ofSeconds(1));
    assertThat(stuck.isEnded()).isTrue();
    assertThat(link.isEnded()).isFalse();
  }

  /** Records the times at which saves begin. */
  private final class Counting implements ProgressStore {
    private final ProgressStore store;

    Counting(ProgressStore store) {
      this.store = store;
    }

    @Override
    public Map<SourcePartition, Progress> load() {
      return store.load();
    }

    @Override
    public CompletionStage<Void> save(Collection<Progress> changed) {
      proofs.add(Duration.ofNanos(clock.nanoTime()));
      return store.save(changed);
    }

    @Override
    public void close() {
      store.close();
    }
  }
}
