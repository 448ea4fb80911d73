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
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Asks the leaders: one fetch at a time of each broker, for all that is wanted of it, the next one
 * as soon as the answer was taken. Answers are queued here until they are delivered.
 *
 * <p>Confined to the reader's thread.
 */
final class Fetches {
  private final Connections connections;
  private final ClusterView view;
  private final FetchMemory memory;
  private final FetchSize size;
  private final ReadSettings settings;
  private final Map<Broker, FetchSession> sessions = new HashMap<>();
  private final Queue<Fetched> arrived = new ArrayDeque<>();
  private final Queue<KnownEnd> ends = new ArrayDeque<>();
  private boolean starved;

  Fetches(
      Connections connections,
      ClusterView view,
      FetchMemory memory,
      FetchSize size,
      ReadSettings settings) {
    this.connections = connections;
    this.view = view;
    this.memory = memory;
    this.size = size;
    this.settings = settings;
  }

  /** Something about a reading is not as it was: its position, its leader, whether it flows. */
  void changed(Reading reading) {
    FetchSession session = reading.leader == null ? null : sessions.get(reading.leader.broker());
    if (session != null) {
      session.update(reading, System.nanoTime());
    }
  }

  /** When the leader of a reading was last heard, by a good answer about it. */
  long heardAt(Reading reading) {
    FetchSession session = reading.leader == null ? null : sessions.get(reading.leader.broker());
    // after an error only an answer about the partition itself counts
    return session == null || reading.error != null
        ? reading.heardAt
        : session.heardAt(reading.heardAt);
  }

  /** What a broker says to every fetch; none if it serves them, or has yet to be asked. */
  Errors error(Broker broker) {
    FetchSession session = sessions.get(broker);
    return session == null ? Errors.NONE : session.error();
  }

  /** A paused reading goes on, with what was kept for it first. */
  void resume(Reading reading, @Nullable Fetched kept) {
    if (kept != null) {
      arrived.add(kept);
    }
    changed(reading);
  }

  /** Asks this leader from now on, or none. */
  void lead(Reading reading, @Nullable Leader leader) {
    long now = System.nanoTime();
    reading.heardAt = heardAt(reading);
    Broker former = reading.leader == null ? null : reading.leader.broker();
    Broker broker = leader == null ? null : leader.broker();
    if (former != null && !former.equals(broker)) {
      FetchSession left = sessions.get(former);
      if (left != null) {
        left.leave(reading, now);
      }
    }
    reading.leader = leader;
    if (broker != null) {
      sessions.computeIfAbsent(broker, b -> new FetchSession(settings, now));
      changed(reading);
    }
  }

  /** A leader refused a reading: it is asked again when there is news, and not at once. */
  void doubt(Reading reading, Errors error) {
    reading.heardAt = heardAt(reading);
    reading.error = error;
    reading.failures++;
    reading.doubted = reading.leader;
    reading.retryAt = System.nanoTime() + Backoffs.nanos(reading.failures);
    reading.needsAnswer = view.questions() + 1;
    lead(reading, null);
    view.refresh();
  }

  /** Sends what is due. */
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

  /** Whether nothing is asked, since the JVM has no memory for the smallest answer. */
  boolean isWithoutMemory() {
    return size.isPaused();
  }

  private void send(Broker broker, FetchSession session, long now) {
    short version = connections.version(broker, Api.FETCH);
    MessageWriter body = session.request(now, connections.roundTripNanos(broker), size.bytes());
    connections.send(broker, new Request(Api.FETCH, version, body, new Answer(broker, session)));
  }

  /** How long until {@link #send} has something to do, unless an answer is all it lacks. */
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

  /** Forgets brokers that lead nothing of what is read. */
  void retain(Set<Broker> leaders) {
    sessions.entrySet().removeIf(entry -> !leaders.contains(entry.getKey()));
  }

  /** The next answer about a partition; the caller releases it. */
  @Nullable Fetched nextArrived() {
    return arrived.poll();
  }

  @Nullable KnownEnd nextEnd() {
    return ends.poll();
  }

  /** Gives back everything that was not delivered. */
  void close() {
    for (Fetched left = arrived.poll(); left != null; left = arrived.poll()) {
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
      if (!session.answered(answer, System.nanoTime())) {
        return;
      }
      for (FetchResponse.Partition partition : answer.partitions()) {
        Reading asker = session.asker(partition);
        if (asker != null) {
          received.retain();
          arrived.add(new Fetched(asker, asker.position(), partition, received));
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
