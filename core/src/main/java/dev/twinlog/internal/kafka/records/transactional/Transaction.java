package dev.twinlog.internal.kafka.records.transactional;

import dev.twinlog.internal.kafka.cluster.TopicLimits;
import dev.twinlog.internal.kafka.records.common.TargetOffsetRuns;
import dev.twinlog.internal.kafka.records.transactional.TailWatch.AppendedRange;
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
import org.apache.kafka.common.errors.OperationNotAttemptedException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.jspecify.annotations.Nullable;

/**
 * A transaction: the records of some writes and, behind them, one position for every route among
 * them.
 *
 * <p>Filled by the loop's thread and answered on the producer's I/O thread; state that both use is
 * guarded by the object.
 */
final class Transaction {

  /**
   * A record that was refused.
   *
   * @param write null if it is a position
   * @param index of the record in its write
   */
  record RefusedRecord(@Nullable TransactionalWrite write, int index, Exception cause) {}

  /** The position of a route after this transaction. */
  private record RoutePosition(long sourceNext, ReplicationRecord last) {}

  /** A write in this transaction, with the target offsets of its records. */
  private final class Member {
    private final TransactionalWrite write;
    private final TargetOffsetRuns runs = new TargetOffsetRuns();
    private boolean behind;
    private int unanswered;

    Member(TransactionalWrite write) {
      this.write = write;
    }

    Callback answerTo(int index) {
      return (metadata, error) -> answered(this, index, metadata, error);
    }
  }

  private final LoopContext context;
  private final Producer<byte[], byte[]> producer;
  private final boolean compresses;
  private final Set<TransactionalRoute> routes = ConcurrentHashMap.newKeySet();
  private final Set<TransactionalRoute> refused = new HashSet<>();
  private final List<Member> members = new ArrayList<>();
  private final Map<TransactionalRoute, RoutePosition> positions = new LinkedHashMap<>();
  private long bytes;

  // guarded by this
  private int unanswered;
  private long lastAnswerNanos;
  private @Nullable RefusedRecord refusedRecord;
  private boolean explained;
  private boolean abandoned;
  private boolean ending;
  private Set<Route> unansweredAtTheEnd = Set.of();

  Transaction(LoopContext context, Producer<byte[], byte[]> producer, String codec) {
    this.context = context;
    this.producer = producer;
    this.compresses = !codec.equals("none");
  }

  /** Returns the writes in their order. */
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
   * Sends a write's records, up to the first one that the target would refuse. Later writes of the
   * same route are members as well, but fail.
   */
  void add(TransactionalWrite write) {
    Member member = new Member(write);
    members.add(member);
    routes.add(write.route());
    if (write.isBehindAFailure() || refused.contains(write.route())) {
      member.behind = true;
      return;
    }
    bytes += write.bytes();
    Route route = write.route().route();
    TopicLimits limits = context.topics().limits(route.target().topic());
    long now = context.context().clock().millis();
    List<ReplicationRecord> records = write.records();
    for (int i = 0; i < records.size() && !hasFailed(); i++) {
      ReplicationRecord record = records.get(i);
      PartitionFailedException refusal =
          context.check().refusal(route, record, limits, compresses, now);
      if (refusal != null) {
        write.refuseFrom(i, refusal);
        break;
      }
      send(member, i, record);
    }
    if (write.refusal() != null) {
      refused.add(write.route());
    }
    List<ReplicationRecord> sent = write.records();
    if (!sent.isEmpty()) {
      positions.put(
          write.route(), new RoutePosition(write.sourceNext(), sent.get(sent.size() - 1)));
    }
  }

  private void send(Member member, int index, ReplicationRecord record) {
    Route route = member.write.route().route();
    context.headerKeyCheck().check(route.source(), record.headers());
    expectAnswer(member);
    var unused =
        producer.send(
            new ProducerRecord<>(
                route.target().topic(),
                route.target().partition(),
                record.timestamp(),
                record.key(),
                record.value(),
                record.headers()),
            member.answerTo(index));
  }

  /** Sends the positions of the routes, which count once all of this is committed. */
  void sendPositions() {
    positions.forEach(
        (route, at) -> {
          expectAnswer(null);
          LastRecord last = LocatedRecord.last(at.last(), route.tail().leaderEpoch());
          Position position = new Position(route.session(), at.sourceNext(), Optional.of(last));
          var unused =
              producer.send(
                  context.positions().record(route.route(), position),
                  (metadata, error) -> answered(null, 0, metadata, error));
        });
  }

  private synchronized void expectAnswer(@Nullable Member member) {
    unanswered++;
    if (member != null) {
      member.unanswered++;
    }
  }

  private synchronized void answered(
      @Nullable Member member, int index, RecordMetadata metadata, @Nullable Exception error) {
    unanswered--;
    lastAnswerNanos = System.nanoTime();
    if (member != null) {
      member.unanswered--;
    }
    if (error == null && member != null) {
      member.runs.add(metadata.hasOffset() ? metadata.offset() : -1);
    } else if (error != null && !(error instanceof TransactionAbortedException)) {
      boolean explains = !hidesItsReason(error);
      if (refusedRecord == null
          ? !ending
          : !explained && explains && error instanceof ApiException) {
        refusedRecord = new RefusedRecord(member == null ? null : member.write, index, error);
        explained = explains;
      }
    }
    if (error != null || unanswered == 0) {
      notifyAll();
    }
  }

  /**
   * Whether the reason is given for another record: of the same batch, or, if the partition was not
   * added to the transaction, of another partition. For the former Kafka has no exception type,
   * only the message, "part of a batch which had one more more invalid records".
   */
  private static boolean hidesItsReason(Exception error) {
    return error instanceof OperationNotAttemptedException
        || (error.getClass() == KafkaException.class
            && String.valueOf(error.getMessage()).contains("part of a batch"));
  }

  /** Notes that the transaction is being aborted, which causes all later errors. */
  synchronized void end() {
    unansweredAtTheEnd = unansweredRoutes();
    ending = true;
  }

  /** Whether something failed, or a route was abandoned. */
  synchronized boolean hasFailed() {
    return refusedRecord != null || abandoned;
  }

  /** Returns the first record that was refused, with its own reason if that is known by now. */
  synchronized @Nullable RefusedRecord refusedRecord() {
    return refusedRecord;
  }

  /**
   * Ends the waiting for answers, so that it is aborted: a route in it was abandoned. Any thread.
   */
  synchronized void abandon() {
    abandoned = true;
    notifyAll();
  }

  /** How waiting for answers ended. */
  enum Answers {
    /** Everything was acknowledged. */
    ALL,
    /** Something was refused, or a route was abandoned. */
    FAILED,
    /** Some routes are not answered, and delay others. */
    STALLED
  }

  /**
   * Waits until everything is answered, or something failed.
   *
   * @param stallNanos how long nothing at all may be answered while others are delayed
   * @param othersWait whether there are writes of routes that are not in this transaction
   */
  synchronized Answers awaitAnswers(long stallNanos, BooleanSupplier othersWait)
      throws InterruptedException {
    lastAnswerNanos = System.nanoTime();
    while (unanswered > 0 && !hasFailed()) {
      TimeUnit.NANOSECONDS.timedWait(this, stallNanos / 10);
      boolean still = System.nanoTime() - lastAnswerNanos > stallNanos;
      if (unanswered > 0 && still && holdsUpOthers(othersWait)) {
        return hasFailed() ? Answers.FAILED : Answers.STALLED;
      }
    }
    return hasFailed() ? Answers.FAILED : Answers.ALL;
  }

  /**
   * Whether other routes wait for the unanswered ones; if no route of several is answered, the
   * cluster is slow.
   */
  private boolean holdsUpOthers(BooleanSupplier othersWait) {
    return !unansweredRoutes().isEmpty() || (routes.size() == 1 && othersWait.getAsBoolean());
  }

  /**
   * Returns the routes that are not answered while others are, or were not when the transaction
   * ended; empty if none is answered, since then the cause is the cluster.
   */
  synchronized Set<Route> unansweredRoutes() {
    if (ending) {
      return unansweredAtTheEnd;
    }
    Set<Route> waiting = new LinkedHashSet<>();
    for (Member member : members) {
      if (member.unanswered > 0) {
        waiting.add(member.write.route().route());
      }
    }
    return waiting.size() < routes.size() ? waiting : Set.of();
  }

  /** Returns the only route; empty if there are several. */
  Optional<Route> onlyRoute() {
    return routes.size() == 1
        ? Optional.of(members.get(0).write.route().route())
        : Optional.empty();
  }

  /** Returns the target offsets of each route's records, once everything is answered. */
  List<AppendedRange> appendedRanges() {
    List<AppendedRange> appendedRanges = new ArrayList<>(positions.size());
    for (TransactionalRoute route : positions.keySet()) {
      OptionalLong first = OptionalLong.empty();
      OptionalLong next = OptionalLong.empty();
      for (Member member : members) {
        if (member.write.route() == route && !member.write.records().isEmpty()) {
          first = first.isPresent() ? first : member.runs.first();
          next = member.runs.next();
        }
      }
      appendedRanges.add(new AppendedRange(route, first, next));
    }
    return appendedRanges;
  }

  /** Completes the writes, in their order, after the commit. */
  void committed() {
    for (AppendedRange appended : appendedRanges()) {
      TransactionalRoute route = appended.route();
      RoutePosition at = Objects.requireNonNull(positions.get(route));
      LastRecord last = LocatedRecord.last(at.last(), route.tail().leaderEpoch());
      OptionalLong next = appended.next();
      route.tail().landed(next.isPresent() ? new LocatedRecord(next.getAsLong() - 1, last) : null);
      next.ifPresent(end -> context.sessions().advanceEnd(route.route().target(), end + 1));
    }
    for (Member member : members) {
      if (member.behind) {
        member.write.failBehind();
      } else {
        Route route = member.write.route().route();
        // the marker takes an offset behind the last record, and nothing else is appended before it
        member.runs.next().ifPresent(next -> context.context().targetEnd(route, next + 1));
        member.write.committed(member.runs);
      }
    }
  }
}
