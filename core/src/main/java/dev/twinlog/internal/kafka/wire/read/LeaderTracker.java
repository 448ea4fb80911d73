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
 * Finds the leader of each partition, and detects topics that were recreated.
 *
 * <p>A partition is bound to the topic id in the first metadata answer to a request after its
 * assignment; earlier metadata may be older than the assignment. Every fetch carries the id, so a
 * broker never serves another topic of the same name. Where a leader does not know the id and the
 * name has another one, the topic was recreated.
 *
 * <p>Confined to the reader's thread.
 */
final class LeaderTracker {
  private final ClusterView view;
  private final Fetcher fetcher;
  private final FetchResponseHandler responseHandler;

  /** The version of the metadata that was handled last. */
  private long seenVersion = -1;

  /** When a partition that was refused may be fetched again. */
  private long retryAt;

  private boolean anyToRetry;

  LeaderTracker(ClusterView view, Fetcher fetcher, FetchResponseHandler responseHandler) {
    this.view = view;
    this.fetcher = fetcher;
    this.responseHandler = responseHandler;
  }

  /**
   * Returns the number of the metadata request that shows which topic a partition assigned now
   * belongs to.
   */
  long nextMetadataRequest() {
    return view.questions() + 1;
  }

  /**
   * Checks all partitions if the metadata changed or a retry is due; returns whether the receiver
   * was called.
   */
  boolean route(Collection<AssignedPartition> assignments, Receiver out) {
    long now = System.nanoTime();
    boolean due = anyToRetry && now - retryAt >= 0;
    if (seenVersion == view.version() && !due) {
      return false;
    }
    seenVersion = view.version();
    anyToRetry = false;
    boolean reported = false;
    Set<Broker> leaders = new HashSet<>();
    // a copy: the receiver may release partitions
    for (AssignedPartition assigned : List.copyOf(assignments)) {
      if (!assigned.hasEnded()) {
        reported |= route(assigned, now, out);
      }
      if (assigned.leader != null) {
        leaders.add(assigned.leader.broker());
      }
    }
    fetcher.retain(leaders);
    return reported;
  }

  private boolean route(AssignedPartition assigned, long now, Receiver out) {
    if (view.answers() < assigned.neededAnswer) {
      view.refresh();
      return false;
    }
    String topic = assigned.partition().topic();
    ApiException error = view.error(topic).orElse(null);
    if (error instanceof TopicAuthorizationException || error instanceof InvalidTopicException) {
      responseHandler.fail(assigned, responseHandler.failure(assigned, error), out);
      return true;
    }
    Uuid id = view.topicId(topic).orElse(null);
    if (id == null) {
      return false; // the engine checks whether the topic was deleted
    }
    if (assigned.topicId == null) {
      assigned.topicId = id;
      assigned.epochs().topic(id);
    }
    Leader leader = view.leader(assigned.partition()).orElse(null);
    if (!id.equals(assigned.topicId) && (assigned.topicIdRejected || leader == null)) {
      responseHandler.gap(assigned, 0, GapCause.RECREATED, out);
      return true;
    }
    if (leader == null) {
      fetcher.lead(assigned, null);
    } else if (leader.equals(assigned.doubted) && now - assigned.retryAt < 0) {
      retryAt = anyToRetry ? Math.min(retryAt, assigned.retryAt) : assigned.retryAt;
      anyToRetry = true;
    } else if (!Objects.equals(leader, assigned.leader)) {
      assigned.doubted = null;
      fetcher.lead(assigned, leader);
    }
    return false;
  }

  /** Returns how long until {@link #route} is due, if it waits for more than metadata. */
  long nanosToNext(long now) {
    return anyToRetry ? Math.max(0, retryAt - now) : Long.MAX_VALUE;
  }
}
