package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.ClusterView;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.GapCause;
import dev.twinlog.spi.SourceReader.Receiver;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/**
 * Finds the leader of each reading, and notices when the topic behind a name is another one.
 *
 * <p>A reading belongs to the topic id that the first answer to a question after its assignment
 * gives its name; what was known before may be older than the assignment. Its id goes with every
 * fetch, so a broker never takes the topic for its namesake. Where a leader does not know the id
 * and the name has another one, the topic was created again.
 *
 * <p>Confined to the reader's thread.
 */
final class Routing {
  private final ClusterView view;
  private final Fetches fetches;
  private final Delivery delivery;

  /** What is seen of the view. */
  private long seenVersion = -1;

  /** When a reading may be tried again that was refused. */
  private long retryAt;

  private boolean anyToRetry;

  Routing(ClusterView view, Fetches fetches, Delivery delivery) {
    this.view = view;
    this.fetches = fetches;
    this.delivery = delivery;
  }

  /** The question about leaders whose answer tells which topic an assignment of now means. */
  long questionOfNow() {
    return view.questions() + 1;
  }

  /** Looks at all readings if there is anything new to see; tells what keeps one from going on. */
  boolean route(Collection<Reading> readings, Receiver out) {
    long now = System.nanoTime();
    boolean due = anyToRetry && now - retryAt >= 0;
    if (seenVersion == view.version() && !due) {
      return false;
    }
    seenVersion = view.version();
    anyToRetry = false;
    boolean told = false;
    Set<Broker> leaders = new HashSet<>();
    // a copy: the receiver may release partitions
    for (Reading reading : List.copyOf(readings)) {
      if (!reading.isOver()) {
        told |= route(reading, now, out);
      }
      if (reading.leader != null) {
        leaders.add(reading.leader.broker());
      }
    }
    fetches.retain(leaders);
    return told;
  }

  private boolean route(Reading reading, long now, Receiver out) {
    if (view.answers() < reading.needsAnswer) {
      view.refresh();
      return false;
    }
    String topic = reading.partition().topic();
    ApiException error = view.error(topic).orElse(null);
    if (error instanceof TopicAuthorizationException || error instanceof InvalidTopicException) {
      delivery.fail(reading, delivery.failure(reading, error), out);
      return true;
    }
    Uuid id = view.topicId(topic).orElse(null);
    if (id == null) {
      return false; // not there now: whether it is gone is for the engine to find out
    }
    if (reading.topicId == null) {
      reading.topicId = id;
      reading.epochs().topic(id);
    }
    Leader leader = view.leader(reading.partition()).orElse(null);
    if (!id.equals(reading.topicId) && (reading.idRejected || leader == null)) {
      delivery.gap(reading, 0, GapCause.RECREATED, out);
      return true;
    }
    if (leader == null) {
      fetches.lead(reading, null);
    } else if (leader.equals(reading.doubted) && now - reading.retryAt < 0) {
      retryAt = anyToRetry ? Math.min(retryAt, reading.retryAt) : reading.retryAt;
      anyToRetry = true;
    } else if (!Objects.equals(leader, reading.leader)) {
      reading.doubted = null;
      fetches.lead(reading, leader);
    }
    return false;
  }

  /** How long until {@link #route} has something to do, unless it waits for an answer. */
  long nanosToNext(long now) {
    return anyToRetry ? Math.max(0, retryAt - now) : Long.MAX_VALUE;
  }
}
