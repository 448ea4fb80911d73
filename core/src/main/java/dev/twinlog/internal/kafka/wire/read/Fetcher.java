package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.ClusterView;
import dev.twinlog.internal.kafka.wire.net.Connections;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.internal.kafka.wire.net.Received;
import dev.twinlog.internal.kafka.wire.net.Request;
import dev.twinlog.internal.kafka.wire.read.FetchSession.KnownEnd;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Sends fetches to the leaders: one at a time to each broker, for all partitions that are wanted
 * from it, the next one as soon as the answer was taken. Answers are queued here until they are
 * delivered.
 *
 * <p>Confined to the reader's thread.
 */
final class Fetcher {
  private final Connections connections;
  private final ClusterView view;
  private final FetchMemory memory;
  private final FetchSize size;
  private final ReadSettings settings;
  private final Consumer<Duration> throttled;
  private final Map<Broker, FetchSession> sessions = new HashMap<>();
  private final Queue<CompletedFetch> arrived = new ArrayDeque<>();
  private final Queue<KnownEnd> ends = new ArrayDeque<>();
  private boolean starved;

  Fetcher(
      Connections connections,
      ClusterView view,
      FetchMemory memory,
      FetchSize size,
      ReadSettings settings,
      Consumer<Duration> throttled) {
    this.connections = connections;
    this.view = view;
    this.memory = memory;
    this.size = size;
    this.settings = settings;
    this.throttled = throttled;
  }

  /** Updates the fetch session after a change to a partition: of position, leader or pause. */
  void changed(AssignedPartition assigned) {
    FetchSession session = assigned.leader == null ? null : sessions.get(assigned.leader.broker());
    if (session != null) {
      session.update(assigned, System.nanoTime());
    }
  }

  /** Returns when the leader of a partition last answered successfully about it. */
  long answeredAt(AssignedPartition assigned) {
    FetchSession session = assigned.leader == null ? null : sessions.get(assigned.leader.broker());
    // after an error only an answer about the partition itself counts
    return session == null || assigned.error != null
        ? assigned.answeredAt
        : session.answeredAt(assigned.answeredAt);
  }

  /** Returns a broker's error for whole fetches; none if it serves them, or got none yet. */
  Errors error(Broker broker) {
    FetchSession session = sessions.get(broker);
    return session == null ? Errors.NONE : session.error();
  }

  /** Resumes a paused partition; what was kept for it is delivered first. */
  void resume(AssignedPartition assigned, @Nullable CompletedFetch kept) {
    if (kept != null) {
      arrived.add(kept);
    }
    changed(assigned);
  }

  /** Fetcher a partition from this leader from now on, or from none. */
  void lead(AssignedPartition assigned, @Nullable Leader leader) {
    long now = System.nanoTime();
    assigned.answeredAt = answeredAt(assigned);
    Broker former = assigned.leader == null ? null : assigned.leader.broker();
    Broker broker = leader == null ? null : leader.broker();
    if (former != null && !former.equals(broker)) {
      FetchSession left = sessions.get(former);
      if (left != null) {
        left.leave(assigned, now);
      }
    }
    assigned.leader = leader;
    if (broker != null) {
      sessions.computeIfAbsent(broker, b -> new FetchSession(settings, now));
      changed(assigned);
    }
  }

  /** Stops fetching a partition after its leader's error, until new metadata and a backoff. */
  void doubt(AssignedPartition assigned, Errors error) {
    assigned.answeredAt = answeredAt(assigned);
    assigned.error = error;
    assigned.failures++;
    assigned.doubted = assigned.leader;
    assigned.retryAt = System.nanoTime() + FetchBackoff.nanos(assigned.failures);
    assigned.neededAnswer = view.questions() + 1;
    lead(assigned, null);
    view.refresh();
  }

  /** Sends the fetches that are due. */
  void send(long now) {
    size.look(now);
    if (size.isPaused()) {
      return;
    }
    for (Map.Entry<Broker, FetchSession> entry : sessions.entrySet()) {
      FetchSession session = entry.getValue();
      if (session.isDue(now) && connections.ready(entry.getKey())) {
        if (!memory.mayFetch(now)) {
          starved = true;
          return;
        }
        send(entry.getKey(), session, now);
      }
    }
    starved = false;
    memory.nothingToFetch();
  }

  /** Whether a fetch was due that memory did not allow. */
  boolean isStarved() {
    return starved;
  }

  /** Whether no fetches are sent, since the JVM has no memory for the smallest answer. */
  boolean isWithoutMemory() {
    return size.isPaused();
  }

  private void send(Broker broker, FetchSession session, long now) {
    short version = connections.version(broker, Api.FETCH);
    MessageWriter body = session.request(now, connections.roundTripNanos(broker), size.bytes());
    connections.send(broker, new Request(Api.FETCH, version, body, new Answer(broker, session)));
  }

  /** Returns how long until {@link #send} is due, if it waits for more than answers. */
  long nanosToNext(long now) {
    if (size.isPaused()) {
      return size.nanosToNext(now);
    }
    long nanos = memory.nanosToNext(now);
    for (FetchSession session : sessions.values()) {
      nanos = Math.min(nanos, session.nanosToDue(now));
    }
    return nanos;
  }

  /** Drops the sessions of brokers that lead no partition of this reader. */
  void retain(Set<Broker> leaders) {
    sessions.entrySet().removeIf(entry -> !leaders.contains(entry.getKey()));
  }

  /** Returns the next answer about a partition, or null; the caller releases it. */
  @Nullable CompletedFetch nextArrived() {
    return arrived.poll();
  }

  @Nullable KnownEnd nextEnd() {
    return ends.poll();
  }

  /** Releases everything that was not delivered. */
  void close() {
    for (CompletedFetch left = arrived.poll(); left != null; left = arrived.poll()) {
      left.release();
    }
  }

  private final class Answer implements Request.ResponseHandler {
    private final Broker broker;
    private final FetchSession session;

    Answer(Broker broker, FetchSession session) {
      this.broker = broker;
      this.session = session;
    }

    @Override
    public void answered(Received received) {
      FetchResponse answer = FetchResponse.read(new MessageReader(received.payload()));
      connections.throttle(broker, answer.throttleMs());
      if (answer.throttleMs() > 0) {
        throttled.accept(Duration.ofMillis(answer.throttleMs()));
      }
      if (!session.answered(answer, System.nanoTime())) {
        return;
      }
      for (FetchResponse.Partition partition : answer.partitions()) {
        AssignedPartition requester = session.requester(partition);
        if (requester != null) {
          received.retain();
          arrived.add(new CompletedFetch(requester, requester.position(), partition, received));
        }
      }
      session.confirmed(ends::add);
    }

    @Override
    public void lost(KafkaException cause) {
      session.lost();
      view.refresh();
    }
  }
}
