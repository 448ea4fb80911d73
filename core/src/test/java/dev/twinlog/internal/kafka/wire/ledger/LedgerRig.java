package dev.twinlog.internal.kafka.wire.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.ProducerRegistry;
import dev.twinlog.internal.kafka.wire.ledger.rules.LedgerRules;
import dev.twinlog.internal.kafka.wire.ledger.session.IssuedSessions;
import dev.twinlog.internal.kafka.wire.ledger.session.LateRequests;
import dev.twinlog.internal.kafka.wire.ledger.session.LedgerSession;
import dev.twinlog.internal.kafka.wire.ledger.session.RouteGuaranteeRegistry;
import dev.twinlog.internal.kafka.wire.ledger.session.SteadyClock;
import dev.twinlog.internal.kafka.wire.ledger.session.TargetTimes;
import dev.twinlog.internal.kafka.wire.ledger.session.WriterSide;
import dev.twinlog.spi.Recovery;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.RouteProgress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * The base of tests of a ledger on in-memory brokers, with one route whose target offsets begin at
 * 0.
 */
abstract class LedgerRig {
  static final TopicPartition TARGET = new TopicPartition("t", 0);
  static final Route ROUTE = new Route(new TopicPartition("s", 0), TARGET);
  static final String ID = "twinlog.link.0/t/0/s/0";
  static final long NOW_MS = 1_000;
  static final Duration MAX_REQUEST_LIFE = Duration.ofSeconds(20);

  /** How long a former owner that can't be fenced must have written nothing. */
  static final Duration SILENCE = MAX_REQUEST_LIFE.plusSeconds(45);

  final FakeBrokers brokers = new FakeBrokers();
  final FakeBrokers.Log log = brokers.create(TARGET);
  final IssuedSessions sessions = new IssuedSessions();
  final RouteGuaranteeRegistry guarantees = new RouteGuaranteeRegistry();
  final LateRequests lateRequests = new LateRequests(() -> MAX_REQUEST_LIFE);
  Ledger ledger = another();

  /** Creates the ledger of another instance of the link. */
  final Ledger another() {
    return new Ledger(
        brokers,
        new LedgerSettings(
            "link",
            new TargetTimes(
                Duration.ofDays(1).toMillis(), Duration.ofDays(7).toMillis(), 60_000, true),
            new KafkaErrors("eu-west"),
            new SteadyClock(Clock.fixed(Instant.ofEpochMilli(NOW_MS), ZoneOffset.UTC), () -> 0),
            brokers::now),
        new LedgerRules(),
        new WriterSide(
            sessions,
            (route, session, visible) -> {},
            (route, session, last, seen) -> {},
            guarantees,
            lateRequests,
            ProducerRegistry.NONE));
  }

  final CompletableFuture<Map<Route, Recovery>> ask(
      Map<Route, Optional<RouteProgress>> routes, Set<Route> clean) {
    return ledger.recover(routes, clean).toCompletableFuture();
  }

  final <T> T settle(CompletableFuture<T> stage) {
    for (int i = 0; i < 2_000 && !stage.isDone(); i++) {
      ledger.poll(Duration.ofSeconds(1).toNanos());
    }
    assertThat(stage).isDone();
    return stage.join();
  }

  final Recovery recover(Optional<RouteProgress> known) {
    return settle(ask(Map.of(ROUTE, known), Set.of())).get(ROUTE);
  }

  final Recovery recoverClean(RouteProgress known) {
    return settle(ask(Map.of(ROUTE, Optional.of(known)), Set.of(ROUTE))).get(ROUTE);
  }

  /** Opens the route for the first time. */
  final RouteProgress first() {
    return progress(recover(Optional.empty()), 0, 0);
  }

  static RouteProgress progress(Recovery recovery, long written, long targetNext) {
    return new RouteProgress(ROUTE, written, targetNext, recovery.newState());
  }

  final LedgerSession session() {
    return sessions.take(ROUTE).orElseThrow();
  }

  final void poll(int times) {
    for (int i = 0; i < times; i++) {
      ledger.poll(Duration.ofMillis(50).toNanos());
    }
  }

  /** Appends a batch of a session. */
  final void append(LedgerSession session, int sequence, int count) {
    log.append(LogBytes.batch(log.end, session.producerId(), session.epoch(), sequence, count));
  }

  static Map<Route, Optional<RouteProgress>> known(RouteProgress progress) {
    return Map.of(ROUTE, Optional.of(progress));
  }

  final FakeBrokers.Producer producer() {
    return brokers.producers.get(ID);
  }
}
