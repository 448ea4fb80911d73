package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.internal.kafka.records.TailWatch.Landing;
import dev.twinlog.internal.kafka.state.PositionTopic.LastRecord;
import dev.twinlog.internal.kafka.state.PositionTopic.Position;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.ReplicationRecord;
import dev.twinlog.spi.Route;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.jspecify.annotations.Nullable;

/**
 * The records of some writes and, behind them, one position for every route among them; all of it
 * or nothing.
 *
 * <p>Filled by the loop's thread and answered on the producer's I/O thread; what both touch is
 * guarded by the object.
 */
final class Transaction {

  /**
   * A record that was not taken.
   *
   * @param write null if it is a position
   * @param index of the record in its write
   */
  record Trouble(@Nullable TransactionalWrite write, int index, Exception cause) {}

  /** How far a route is with this transaction. */
  private record Reached(long sourceNext, ReplicationRecord last) {}

  /** A write in this transaction: where its records landed. */
  private final class Part {
    private final TransactionalWrite write;
    private final TargetRuns runs = new TargetRuns();
    private boolean behind;
    private int unanswered;

    Part(TransactionalWrite write) {
      this.write = write;
    }

    Callback answerTo(int index) {
      return (metadata, error) -> answered(this, index, metadata, error);
    }
  }

  private final LoopParts parts;
  private final Producer<byte[], byte[]> producer;
  private final boolean compresses;
  private final Set<TransactionalRoute> routes = ConcurrentHashMap.newKeySet();
  private final Set<TransactionalRoute> refused = new HashSet<>();
  private final List<Part> members = new ArrayList<>();
  private final Map<TransactionalRoute, Reached> reached = new LinkedHashMap<>();
  private long bytes;

  // guarded by this
  private int unanswered;
  private long lastAnswerNanos;
  private @Nullable Trouble trouble;
  private boolean explained;
  private boolean givenUp;
  private boolean ending;

  Transaction(LoopParts parts, Producer<byte[], byte[]> producer, String codec) {
    this.parts = parts;
    this.producer = producer;
    this.compresses = !codec.equals("none");
  }

  /** In their order. */
  List<TransactionalWrite> writes() {
    return members.stream().map(member -> member.write).toList();
  }

  /** Any thread. */
  boolean holds(TransactionalRoute route) {
    return routes.contains(route);
  }

  long bytes() {
    return bytes;
  }

  /**
   * Sends a write's records, up to the first one that the target would refuse. What comes behind
   * that on the same route is a member, too, but fails.
   */
  void add(TransactionalWrite write) {
    Part part = new Part(write);
    members.add(part);
    routes.add(write.route());
    if (write.isBehindAFailure() || refused.contains(write.route())) {
      part.behind = true;
      return;
    }
    bytes += write.bytes();
    Route route = write.route().route();
    TopicLimits limits = parts.topics().limits(route.target().topic());
    long now = parts.context().clock().millis();
    List<ReplicationRecord> records = write.records();
    for (int i = 0; i < records.size() && !isTroubled(); i++) {
      ReplicationRecord record = records.get(i);
      PartitionFailedException refusal =
          parts.check().refusal(route, record, limits, compresses, now);
      if (refusal != null) {
        write.refuseFrom(i, refusal);
        break;
      }
      send(part, i, record);
    }
    if (write.refusal() != null) {
      refused.add(write.route());
    }
    List<ReplicationRecord> sent = write.records();
    if (!sent.isEmpty()) {
      reached.put(write.route(), new Reached(write.sourceNext(), sent.get(sent.size() - 1)));
    }
  }

  private void send(Part part, int index, ReplicationRecord record) {
    Route route = part.write.route().route();
    parts.headerKeys().check(route.source(), record.headers());
    expectAnswer(part);
    var unused =
        producer.send(
            new ProducerRecord<>(
                route.target().topic(),
                route.target().partition(),
                record.timestamp(),
                record.key(),
                record.value(),
                record.headers()),
            part.answerTo(index));
  }

  /** Sends where the routes are once all of this is committed. */
  void sendPositions() {
    reached.forEach(
        (route, at) -> {
          expectAnswer(null);
          LastRecord last = Anchor.last(at.last(), route.tail().leaderEpoch());
          Position position = new Position(route.session(), at.sourceNext(), Optional.of(last));
          var unused =
              producer.send(
                  parts.positions().record(route.route(), position),
                  (metadata, error) -> answered(null, 0, metadata, error));
        });
  }

  private synchronized void expectAnswer(@Nullable Part part) {
    unanswered++;
    if (part != null) {
      part.unanswered++;
    }
  }

  private synchronized void answered(
      @Nullable Part part, int index, RecordMetadata metadata, @Nullable Exception error) {
    unanswered--;
    lastAnswerNanos = System.nanoTime();
    if (part != null) {
      part.unanswered--;
    }
    if (error == null && part != null) {
      part.runs.add(metadata.hasOffset() ? metadata.offset() : -1);
    } else if (error != null && !(error instanceof TransactionAbortedException)) {
      boolean explains = !hidesItsReason(error);
      if (trouble == null ? !ending : !explained && explains && error instanceof ApiException) {
        trouble = new Trouble(part == null ? null : part.write, index, error);
        explained = explains;
      }
    }
    if (error != null || unanswered == 0) {
      notifyAll();
    }
  }

  /**
   * Whether the reason is with another record of the same batch. Kafka has no type for it, only the
   * text, "part of a batch which had one more more invalid records".
   */
  private static boolean hidesItsReason(Exception error) {
    return error.getClass() == KafkaException.class
        && String.valueOf(error.getMessage()).contains("part of a batch");
  }

  /** It is rolled back: what fails from now on fails for that. */
  synchronized void end() {
    ending = true;
  }

  /** Something failed, or someone wants it to end. */
  synchronized boolean isTroubled() {
    return trouble != null || givenUp;
  }

  /** The first record that was not taken, with its own reason if that is known by now. */
  synchronized @Nullable Trouble trouble() {
    return trouble;
  }

  /** A route in it was given up: it is to be rolled back rather than waited for. Any thread. */
  synchronized void giveUp() {
    givenUp = true;
    notifyAll();
  }

  /** How waiting for answers ended. */
  enum Answers {
    /** Everything was taken. */
    ALL,
    /** Something was refused, or a route was given up. */
    TROUBLE,
    /** Some routes are not answered, and hold up others. */
    STALLED
  }

  /**
   * Waits until everything is answered, or there is trouble.
   *
   * @param stallNanos how long nothing at all may be answered while others are held up
   * @param othersWait whether there are writes of routes that are not in this transaction
   */
  synchronized Answers awaitAnswers(long stallNanos, BooleanSupplier othersWait)
      throws InterruptedException {
    lastAnswerNanos = System.nanoTime();
    while (unanswered > 0 && !isTroubled()) {
      TimeUnit.NANOSECONDS.timedWait(this, stallNanos / 10);
      boolean still = System.nanoTime() - lastAnswerNanos > stallNanos;
      if (unanswered > 0 && still && holdsUpOthers(othersWait)) {
        return isTroubled() ? Answers.TROUBLE : Answers.STALLED;
      }
    }
    return isTroubled() ? Answers.TROUBLE : Answers.ALL;
  }

  /** If several routes are not answered, and no other is, it is the cluster that is slow. */
  private boolean holdsUpOthers(BooleanSupplier othersWait) {
    return !laggards().isEmpty() || (routes.size() == 1 && othersWait.getAsBoolean());
  }

  /**
   * The routes that are not answered, if these and not the cluster are the trouble, because others
   * are.
   */
  synchronized Set<Route> laggards() {
    Set<Route> waiting = new LinkedHashSet<>();
    for (Part member : members) {
      if (member.unanswered > 0) {
        waiting.add(member.write.route().route());
      }
    }
    return waiting.size() < routes.size() ? waiting : Set.of();
  }

  /** The route that it is all about; empty if there are several. */
  Optional<Route> onlyRoute() {
    return routes.size() == 1
        ? Optional.of(members.get(0).write.route().route())
        : Optional.empty();
  }

  /** Whether the end was wished for by {@link #giveUp}. */
  synchronized boolean isGivenUp() {
    return givenUp;
  }

  /** Where the records of each route landed; once everything is answered. */
  List<Landing> landings() {
    List<Landing> landings = new ArrayList<>(reached.size());
    for (TransactionalRoute route : reached.keySet()) {
      OptionalLong first = OptionalLong.empty();
      OptionalLong next = OptionalLong.empty();
      for (Part member : members) {
        if (member.write.route() == route && !member.write.records().isEmpty()) {
          first = first.isPresent() ? first : member.runs.first();
          next = member.runs.next();
        }
      }
      landings.add(new Landing(route, first, next));
    }
    return landings;
  }

  /** It is committed: completes its writes, in their order. */
  void committed() {
    for (Landing landing : landings()) {
      TransactionalRoute route = landing.route();
      Reached at = Objects.requireNonNull(reached.get(route));
      LastRecord last = Anchor.last(at.last(), route.tail().leaderEpoch());
      OptionalLong next = landing.next();
      route.tail().landed(next.isPresent() ? new Anchor(next.getAsLong() - 1, last) : null);
      next.ifPresent(end -> parts.sessions().endMoved(route.route().target(), end + 1));
    }
    for (Part member : members) {
      if (member.behind) {
        member.write.failBehind();
      } else {
        Route route = member.write.route().route();
        // the marker takes an offset behind the last record, and nothing else lands before it
        member.runs.next().ifPresent(next -> parts.context().targetEnd(route, next + 1));
        member.write.committed(member.runs);
      }
    }
  }
}
