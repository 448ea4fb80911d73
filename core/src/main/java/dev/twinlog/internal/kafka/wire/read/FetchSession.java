package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.wire.message.FetchRequest;
import dev.twinlog.internal.kafka.wire.message.FetchRequest.Wanted;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * The fetch session with one broker (KIP-227): which partitions it is to serve, and what it knows
 * of that. In a session a request names only what changed since the last one, and an answer only
 * partitions with news. So a fetch of a thousand idle partitions takes no work for each of them.
 *
 * <p>An answer has a bounded size, and the first partitions fill it. In a session the broker itself
 * moves those that it has served to the end. A broker that keeps no session (its {@code
 * max.incremental.fetch.session.cache.slots} are taken) serves partitions in the order of the
 * request, so here they are moved to the end, as Kafka's consumer does.
 *
 * <p>Every successful answer confirms all partitions of the session, including those that it does
 * not name. So an end that was not reported yet, of a partition that was assigned again or whose
 * leader answers again, is reported with the next successful answer and not before: an earlier
 * answer may be out of date.
 *
 * <p>Invariants: the broker knows the wanted state of every entry that is not dirty; no request
 * names an entry both as wanted and as forgotten, since a broker would forget it.
 *
 * <p>Confined to the reader's thread.
 */
final class FetchSession {
  private static final int NO_SESSION = 0;
  private static final int FIRST_EPOCH = 0;
  private static final long LEAST_WAIT_MS = 5;

  static final long NO_END = -1;

  private record Key(Uuid topicId, int index) {}

  /** A partition in the session. */
  private static final class Entry {
    private final Key key;

    /** The assignment that wants it now. */
    private @Nullable AssignedPartition assigned;

    /** The assignment that gets the answers about it. */
    private @Nullable AssignedPartition requester;

    /** Whether the broker has it in its session. */
    private boolean known;

    /** Its end as of the broker's last answer. */
    private long end = NO_END;

    private long highWatermark = NO_END;

    private long offset;
    private int leaderEpoch;
    private int lastEpoch;

    Entry(Key key) {
      this.key = key;
    }
  }

  private final ReadSettings settings;

  /** In the order in which a broker without a session is to serve them. */
  private final Map<Key, Entry> entries = new LinkedHashMap<>();

  private final Set<Entry> dirty = new LinkedHashSet<>();

  /** Entries whose end was not reported to the receiver yet. */
  private final Set<Entry> unreported = new LinkedHashSet<>();

  private int wanted;
  private int id = NO_SESSION;
  private int epoch = FIRST_EPOCH;
  private boolean inFlight;
  private long changedAt;
  private int partitionBytes;
  private long retryAt;
  private int failures;
  private boolean hasAnswered;
  private long answeredAt;
  private Errors error = Errors.NONE;

  FetchSession(ReadSettings settings, long now) {
    this.settings = settings;
    this.changedAt = now;
    this.retryAt = now;
  }

  /** Updates the entry of a partition after any change to it. */
  void update(AssignedPartition assigned, long now) {
    Uuid topicId = assigned.topicId;
    if (topicId == null) {
      return;
    }
    Key key = new Key(topicId, assigned.partition().partition());
    boolean wants = assigned.isWanted();
    Entry entry = wants ? entries.computeIfAbsent(key, Entry::new) : entries.get(key);
    if (entry == null || (!wants && entry.assigned != assigned)) {
      return;
    }
    if ((entry.assigned == assigned) != wants) {
      changedAt = now;
    }
    wanted += (wants ? 1 : 0) - (entry.assigned == null ? 0 : 1);
    entry.assigned = wants ? assigned : null;
    dirty.add(entry);
    if (wants && !assigned.isReported()) {
      unreported.add(entry);
    }
  }

  /** The end of a partition as the broker has just returned or confirmed it. */
  record KnownEnd(AssignedPartition assigned, long end, long highWatermark) {}

  /** Passes on the ends that were not reported yet, after the broker has answered. */
  void confirmed(Consumer<KnownEnd> out) {
    for (Iterator<Entry> all = unreported.iterator(); all.hasNext(); ) {
      Entry entry = all.next();
      AssignedPartition assigned = entry.assigned;
      if (assigned == null || assigned.isReported()) {
        all.remove();
      } else if (entry.known && entry.end != NO_END) {
        all.remove();
        out.accept(new KnownEnd(assigned, entry.end, entry.highWatermark));
      }
    }
  }

  /**
   * Returns when the broker last answered successfully; {@code otherwise} if it did not, or
   * earlier.
   */
  long answeredAt(long otherwise) {
    return hasAnswered && answeredAt - otherwise > 0 ? answeredAt : otherwise;
  }

  /** Returns the broker's error for whole fetches; none if it serves them. */
  Errors error() {
    return error;
  }

  /** Removes a partition that another broker is to serve from now on. */
  void leave(AssignedPartition assigned, long now) {
    Uuid topicId = assigned.topicId;
    Entry entry =
        topicId == null ? null : entries.get(new Key(topicId, assigned.partition().partition()));
    if (entry == null) {
      return;
    }
    if (entry.requester == assigned) {
      entry.requester = null;
    }
    if (entry.assigned == assigned) {
      entry.assigned = null;
      wanted--;
      changedAt = now;
      dirty.add(entry);
    }
  }

  /** Whether a fetch is wanted and none is in flight. */
  boolean isDue(long now) {
    return !inFlight && wanted > 0 && now - retryAt >= 0;
  }

  /** Returns how long until time alone makes a fetch due. */
  long nanosToDue(long now) {
    return inFlight || wanted == 0 || retryAt - now <= 0 ? Long.MAX_VALUE : retryAt - now;
  }

  /**
   * Returns the next request; it counts as sent.
   *
   * @param roundTripNanos the round trip to the broker; 0 if unknown
   * @param fetchBytes the most bytes of the answer; the broker keeps to that, whatever the limits
   *     of the partitions are
   */
  MessageWriter request(long now, long roundTripNanos, int fetchBytes) {
    partitionBytes = settings.partitionBytes(roundTripNanos);
    Map<Uuid, List<Wanted>> named = new LinkedHashMap<>();
    Map<Uuid, List<Integer>> forgotten = new LinkedHashMap<>();
    if (epoch == FIRST_EPOCH) {
      nameAll(named);
    } else {
      nameDirty(named, forgotten);
    }
    dirty.clear();
    inFlight = true;
    return new FetchRequest(waitMs(now), settings.minBytes(), fetchBytes, true, id, epoch)
        .write(named, forgotten);
  }

  /**
   * Returns how long the broker may wait for data. While it waits it gets no other fetch, so it
   * waits no longer than the wanted partitions have been unchanged: a partition that is assigned or
   * resumed soon after others is not delayed by those that have no data.
   */
  private int waitMs(long now) {
    long steady = Duration.ofNanos(now - changedAt).toMillis();
    return (int) Math.min(settings.maxWaitMs(), Math.max(LEAST_WAIT_MS, steady));
  }

  private void nameAll(Map<Uuid, List<Wanted>> named) {
    for (Iterator<Entry> all = entries.values().iterator(); all.hasNext(); ) {
      Entry entry = all.next();
      entry.known = false;
      if (entry.assigned == null) {
        all.remove();
      } else {
        name(entry, entry.assigned, named);
      }
    }
  }

  private void nameDirty(Map<Uuid, List<Wanted>> named, Map<Uuid, List<Integer>> forgotten) {
    for (Entry entry : dirty) {
      AssignedPartition assigned = entry.assigned;
      if (assigned != null) {
        name(entry, assigned, named);
      } else {
        entries.remove(entry.key);
        if (entry.known) {
          forgotten
              .computeIfAbsent(entry.key.topicId(), t -> new ArrayList<>())
              .add(entry.key.index());
        }
      }
    }
  }

  private void name(Entry entry, AssignedPartition assigned, Map<Uuid, List<Wanted>> named) {
    int leaderEpoch = Objects.requireNonNull(assigned.leader).epoch();
    int lastEpoch = assigned.lastEpoch();
    boolean same =
        entry.known
            && entry.offset == assigned.position()
            && entry.leaderEpoch == leaderEpoch
            && entry.lastEpoch == lastEpoch;
    entry.requester = assigned;
    entry.known = true;
    if (!same) {
      entry.offset = assigned.position();
      entry.leaderEpoch = leaderEpoch;
      entry.lastEpoch = lastEpoch;
      named
          .computeIfAbsent(entry.key.topicId(), topic -> new ArrayList<>())
          .add(new Wanted(entry.key.index(), leaderEpoch, entry.offset, lastEpoch, partitionBytes));
    }
  }

  /** Returns the assignment that an answer about a partition is for; null if that has ended. */
  @Nullable AssignedPartition requester(FetchResponse.Partition answer) {
    Entry entry = entries.get(new Key(answer.topicId(), answer.index()));
    if (entry == null) {
      return null;
    }
    boolean good = answer.error() == Errors.NONE.code();
    entry.end = good ? answer.end() : NO_END;
    entry.highWatermark = good ? answer.highWatermark() : NO_END;
    if (id == NO_SESSION && answer.records().hasRemaining()) {
      entries.remove(entry.key);
      entries.put(entry.key, entry);
    }
    AssignedPartition requester = entry.requester;
    return requester == null || requester.hasEnded() || requester.position() != entry.offset
        ? null
        : requester;
  }

  /**
   * Handles the broker's answer.
   *
   * @return whether the answer is about partitions; else the next request starts a new session
   */
  boolean answered(FetchResponse answer, long now) {
    inFlight = false;
    error = Errors.forCode(answer.error());
    if (error == Errors.NONE) {
      failures = 0;
      hasAnswered = true;
      answeredAt = now;
      boolean kept = answer.sessionId() != NO_SESSION;
      epoch = kept ? nextEpoch(epoch) : FIRST_EPOCH;
      id = answer.sessionId();
      return true;
    }
    if (error == Errors.FETCH_SESSION_ID_NOT_FOUND) {
      id = NO_SESSION; // otherwise the broker would close the former session
    }
    epoch = FIRST_EPOCH;
    // an evicted session is created again at once; a second failure has another cause
    retryAt = now + (failures++ == 0 ? 0 : FetchBackoff.nanos(failures));
    return false;
  }

  private static int nextEpoch(int epoch) {
    return epoch == Integer.MAX_VALUE ? FIRST_EPOCH + 1 : epoch + 1;
  }

  /** Handles the loss of a request. */
  void lost() {
    inFlight = false;
    epoch = FIRST_EPOCH;
  }
}
