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
 * What one broker is asked for, and what it knows of that: in an incremental session (KIP-227) a
 * request names only what changed since the last one, and an answer only what has news. So a fetch
 * of a thousand idle partitions takes no work for each of them.
 *
 * <p>An answer holds so many bytes and no more, and the partitions that come first fill it. In a
 * session the broker itself puts those that it has served behind the others. A broker that keeps no
 * session (its {@code max.incremental.fetch.session.cache.slots} are taken) serves in the order in
 * which it is asked, so here they are put behind the others, as Kafka's consumer does.
 *
 * <p>Every good answer confirms all partitions of the session, those included that it does not
 * name. So an end that the receiver has yet to be told, of a reading that takes the place of a
 * former one or is heard again, is told with the next good answer, and not before: what the broker
 * said earlier may have changed since.
 *
 * <p>Invariants: a place that is not dirty is known to the broker as it is wanted; no request names
 * a place both as wanted and as forgotten, since a broker would forget it.
 *
 * <p>Confined to the reader's thread.
 */
final class FetchSession {
  private static final int NO_SESSION = 0;
  private static final int FIRST_EPOCH = 0;
  private static final long LEAST_WAIT_MS = 5;

  static final long NO_END = -1;

  private record Key(Uuid topicId, int index) {}

  /** A partition at this broker. */
  private static final class Place {
    private final Key key;

    /** Who wants it now. */
    private @Nullable Reading reading;

    /** Who is given what the broker answers about it. */
    private @Nullable Reading asker;

    /** Whether the broker knows it. */
    private boolean known;

    /** Its end, as the broker told it last. */
    private long end = NO_END;

    private long highWatermark = NO_END;

    private long offset;
    private int leaderEpoch;
    private int lastEpoch;

    Place(Key key) {
      this.key = key;
    }
  }

  private final ReadSettings settings;

  /** In the order in which a broker without a session is asked. */
  private final Map<Key, Place> places = new LinkedHashMap<>();

  private final Set<Place> dirty = new LinkedHashSet<>();

  /** Places of which the receiver has yet to be told the end. */
  private final Set<Place> unreported = new LinkedHashSet<>();

  private int wanted;
  private int id = NO_SESSION;
  private int epoch = FIRST_EPOCH;
  private boolean asking;
  private long changedAt;
  private int partitionBytes;
  private long retryAt;
  private int failures;
  private boolean heard;
  private long heardAt;
  private Errors error = Errors.NONE;

  FetchSession(ReadSettings settings, long now) {
    this.settings = settings;
    this.changedAt = now;
    this.retryAt = now;
  }

  /** Brings what is asked for a reading up to date, after anything about it changed. */
  void update(Reading reading, long now) {
    Uuid topicId = reading.topicId;
    if (topicId == null) {
      return;
    }
    Key key = new Key(topicId, reading.partition().partition());
    boolean wants = reading.isWanted();
    Place place = wants ? places.computeIfAbsent(key, Place::new) : places.get(key);
    if (place == null || (!wants && place.reading != reading)) {
      return;
    }
    if ((place.reading == reading) != wants) {
      changedAt = now;
    }
    wanted += (wants ? 1 : 0) - (place.reading == null ? 0 : 1);
    place.reading = wants ? reading : null;
    dirty.add(place);
    if (wants && !reading.isReported()) {
      unreported.add(place);
    }
  }

  /** The end of a partition as the broker has just said or confirmed it. */
  record KnownEnd(Reading reading, long end, long highWatermark) {}

  /** Gives the ends that the receiver has yet to be told, once the broker has answered. */
  void confirmed(Consumer<KnownEnd> out) {
    for (Iterator<Place> all = unreported.iterator(); all.hasNext(); ) {
      Place place = all.next();
      Reading reading = place.reading;
      if (reading == null || reading.isReported()) {
        all.remove();
      } else if (place.known && place.end != NO_END) {
        all.remove();
        out.accept(new KnownEnd(reading, place.end, place.highWatermark));
      }
    }
  }

  /** When the broker last gave a good answer; {@code otherwise} if it gave none, or longer ago. */
  long heardAt(long otherwise) {
    return heard && heardAt - otherwise > 0 ? heardAt : otherwise;
  }

  /** What the broker says to every fetch; none if it serves them. */
  Errors error() {
    return error;
  }

  /** Takes a reading out that is asked of another broker from now on. */
  void leave(Reading reading, long now) {
    Uuid topicId = reading.topicId;
    Place place =
        topicId == null ? null : places.get(new Key(topicId, reading.partition().partition()));
    if (place == null) {
      return;
    }
    if (place.asker == reading) {
      place.asker = null;
    }
    if (place.reading == reading) {
      place.reading = null;
      wanted--;
      changedAt = now;
      dirty.add(place);
    }
  }

  /** Whether there is something to ask for, and nothing asked. */
  boolean isDue(long now) {
    return !asking && wanted > 0 && now - retryAt >= 0;
  }

  /** How long until time alone makes it due. */
  long nanosToDue(long now) {
    return asking || wanted == 0 || retryAt - now <= 0 ? Long.MAX_VALUE : retryAt - now;
  }

  /**
   * The next request; it counts as sent.
   *
   * @param roundTripNanos the way to the broker and back; 0 if unknown
   * @param fetchBytes what the answer may hold; the broker keeps to that, whatever it knows of how
   *     much a partition may bring
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
    asking = true;
    return new FetchRequest(waitMs(now), settings.minBytes(), fetchBytes, true, id, epoch)
        .write(named, forgotten);
  }

  /**
   * While a broker waits, nothing else can be asked of it. So it waits no longer than what is asked
   * for has been the same: a partition that is assigned, or goes on, soon after others were is not
   * kept waiting by those that have nothing.
   */
  private int waitMs(long now) {
    long steady = Duration.ofNanos(now - changedAt).toMillis();
    return (int) Math.min(settings.maxWaitMs(), Math.max(LEAST_WAIT_MS, steady));
  }

  private void nameAll(Map<Uuid, List<Wanted>> named) {
    for (Iterator<Place> all = places.values().iterator(); all.hasNext(); ) {
      Place place = all.next();
      place.known = false;
      if (place.reading == null) {
        all.remove();
      } else {
        name(place, place.reading, named);
      }
    }
  }

  private void nameDirty(Map<Uuid, List<Wanted>> named, Map<Uuid, List<Integer>> forgotten) {
    for (Place place : dirty) {
      Reading reading = place.reading;
      if (reading != null) {
        name(place, reading, named);
      } else {
        places.remove(place.key);
        if (place.known) {
          forgotten
              .computeIfAbsent(place.key.topicId(), t -> new ArrayList<>())
              .add(place.key.index());
        }
      }
    }
  }

  private void name(Place place, Reading reading, Map<Uuid, List<Wanted>> named) {
    int leaderEpoch = Objects.requireNonNull(reading.leader).epoch();
    int lastEpoch = reading.lastEpoch();
    boolean same =
        place.known
            && place.offset == reading.position()
            && place.leaderEpoch == leaderEpoch
            && place.lastEpoch == lastEpoch;
    place.asker = reading;
    place.known = true;
    if (!same) {
      place.offset = reading.position();
      place.leaderEpoch = leaderEpoch;
      place.lastEpoch = lastEpoch;
      named
          .computeIfAbsent(place.key.topicId(), topic -> new ArrayList<>())
          .add(new Wanted(place.key.index(), leaderEpoch, place.offset, lastEpoch, partitionBytes));
    }
  }

  /** Who an answer about a partition is for; null if it is for nobody any more. */
  @Nullable Reading asker(FetchResponse.Partition answer) {
    Place place = places.get(new Key(answer.topicId(), answer.index()));
    if (place == null) {
      return null;
    }
    boolean good = answer.error() == Errors.NONE.code();
    place.end = good ? answer.end() : NO_END;
    place.highWatermark = good ? answer.highWatermark() : NO_END;
    if (id == NO_SESSION && answer.records().hasRemaining()) {
      places.remove(place.key);
      places.put(place.key, place);
    }
    Reading asker = place.asker;
    return asker == null || asker.isOver() || asker.position() != place.offset ? null : asker;
  }

  /**
   * The broker answered.
   *
   * @return whether the answer is about partitions; else the next request begins anew
   */
  boolean answered(FetchResponse answer, long now) {
    asking = false;
    error = Errors.forCode(answer.error());
    if (error == Errors.NONE) {
      failures = 0;
      heard = true;
      heardAt = now;
      boolean kept = answer.sessionId() != NO_SESSION;
      epoch = kept ? nextEpoch(epoch) : FIRST_EPOCH;
      id = answer.sessionId();
      return true;
    }
    if (error == Errors.FETCH_SESSION_ID_NOT_FOUND) {
      id = NO_SESSION; // else the broker closes the former one
    }
    epoch = FIRST_EPOCH;
    // a session that was evicted is made anew at once; what fails again is no such thing
    retryAt = now + (failures++ == 0 ? 0 : Backoffs.nanos(failures));
    return false;
  }

  private static int nextEpoch(int epoch) {
    return epoch == Integer.MAX_VALUE ? FIRST_EPOCH + 1 : epoch + 1;
  }

  /** No answer will come. */
  void lost() {
    asking = false;
    epoch = FIRST_EPOCH;
  }
}
