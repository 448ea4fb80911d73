package dev.twinlog.internal.engine.lane;

import dev.twinlog.internal.engine.agent.LinkTime;
import dev.twinlog.internal.engine.shared.LinkThrottle;
import dev.twinlog.internal.engine.shared.TopicBuckets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides which sessions of a lane wait because of the link's throttle.
 *
 * <p>When a batch has used up what was left for its topic, that session waits, and all others of
 * the topic that may have more to read: the source may have fetched it already. While something is
 * left they are resumed in the order in which they began to wait, the next one when the last has
 * delivered something, so that no more is fetched than may be read.
 *
 * <p>Confined to the lane's reader thread.
 */
final class ThrottledReading {
  /** How long a session that was resumed may take until the next one is. */
  private static final long TURN = Duration.ofSeconds(1).toNanos();

  /** The sessions of a topic. */
  private static final class Topic {
    private final Set<CopySession> reading = new LinkedHashSet<>();
    private final Set<CopySession> waiting = new LinkedHashSet<>();

    /** Those that wait without having delivered anything before. */
    private final Set<CopySession> suspected = new HashSet<>();

    private @Nullable CopySession turn;
    private long turnUntil;
  }

  private final LinkThrottle throttle;
  private final LinkTime time;
  private final Map<String, Topic> topics = new HashMap<>();
  private @Nullable TopicBuckets buckets;
  private int waiting;

  ThrottledReading(LinkThrottle throttle, LinkTime time) {
    this.throttle = throttle;
    this.time = time;
  }

  private @Nullable Topic topicOf(CopySession session) {
    return topics.get(session.source().topic());
  }

  /** A session is read from now on; returns whether it has to wait for that. */
  boolean opened(CopySession session) {
    String name = session.source().topic();
    Topic topic = topics.computeIfAbsent(name, one -> new Topic());
    topic.reading.add(session);
    TopicBuckets current = buckets;
    if (current == null || current.hasLeft(name, time.nanoTime())) {
      return false;
    }
    hold(topic, session, false);
    return true;
  }

  /** The session is not read any more. */
  void ended(CopySession session) {
    answered(session);
    Topic topic = topicOf(session);
    if (topic == null) {
      return;
    }
    topic.reading.remove(session);
    topic.suspected.remove(session);
    if (topic.waiting.remove(session)) {
      released();
    }
    if (topic.reading.isEmpty() && topic.waiting.isEmpty()) {
      topics.remove(session.source().topic());
    }
  }

  /** No session is read any more. */
  void clear() {
    while (waiting > 0) {
      released();
    }
    topics.clear();
  }

  /** Whether the session waits. */
  boolean holds(CopySession session) {
    Topic topic = topicOf(session);
    return topic != null && topic.waiting.contains(session);
  }

  /** The session has delivered something, or can't: the next one may be resumed. */
  void answered(CopySession session) {
    Topic topic = topicOf(session);
    if (topic != null && topic.turn == session) {
      topic.turn = null;
    }
  }

  /** A session has read so many bytes; returns the sessions that have to wait now. */
  List<CopySession> read(CopySession session, long bytes) {
    TopicBuckets current = buckets;
    if (current == null) {
      return List.of();
    }
    answered(session);
    long now = time.nanoTime();
    Topic topic = topicOf(session);
    if (topic == null
        || isExempt(session, now)
        || current.take(session.source().topic(), bytes, now)) {
      return List.of();
    }
    List<CopySession> held = new ArrayList<>();
    for (CopySession other : List.copyOf(topic.reading)) {
      if (other == session || (other.mayHaveMore() && !isExempt(other, now))) {
        hold(topic, other, other == session);
        held.add(other);
      }
    }
    return held;
  }

  private void hold(Topic topic, CopySession session, boolean delivered) {
    topic.reading.remove(session);
    topic.waiting.add(session);
    if (!delivered) {
      topic.suspected.add(session);
    }
    waiting++;
    throttle.held();
  }

  private void released() {
    waiting--;
    throttle.released();
  }

  private boolean isExempt(CopySession session, long now) {
    TopicBuckets current = buckets;
    return current == null || (current.isCatchUpOnly() && session.isNearEnd(now));
  }

  /** Notices a change of the throttle, and returns the sessions that wait no longer. */
  List<CopySession> takeDue() {
    TopicBuckets current = throttle.buckets();
    if (current != buckets) {
      buckets = current;
      topics.values().forEach(topic -> topic.turn = null);
    }
    if (waiting == 0) {
      return List.of();
    }
    List<CopySession> due = new ArrayList<>();
    long now = time.nanoTime();
    topics.forEach((name, topic) -> takeDue(name, topic, now, due));
    return due;
  }

  private void takeDue(String name, Topic topic, long now, List<CopySession> due) {
    if (topic.waiting.isEmpty()) {
      return;
    }
    TopicBuckets current = buckets;
    if (now >= topic.turnUntil) {
      topic.turn = null;
    }
    boolean left = current == null || current.hasLeft(name, now);
    for (Iterator<CopySession> each = topic.waiting.iterator(); each.hasNext(); ) {
      CopySession session = each.next();
      boolean exempt =
          isExempt(session, now)
              || (topic.suspected.contains(session) && !session.mayHaveMore()); // it is at the end
      boolean takesTurn = !exempt && session.mayHaveMore();
      if (exempt || (left && !(takesTurn && topic.turn != null))) {
        each.remove();
        topic.suspected.remove(session);
        topic.reading.add(session);
        released();
        due.add(session);
        if (takesTurn) {
          topic.turn = session;
          topic.turnUntil = now + TURN;
        }
      }
    }
  }

  /** When a session that waits may be resumed; {@link Long#MAX_VALUE} if none waits. */
  long nextDueNanos() {
    if (waiting == 0) {
      return Long.MAX_VALUE;
    }
    long next = Long.MAX_VALUE;
    List<String> used = new ArrayList<>();
    for (Map.Entry<String, Topic> entry : topics.entrySet()) {
      Topic topic = entry.getValue();
      if (topic.waiting.isEmpty()) {
        continue;
      }
      if (topic.turn == null) {
        used.add(entry.getKey());
      } else {
        next = Math.min(next, topic.turnUntil);
      }
    }
    TopicBuckets current = Objects.requireNonNull(buckets, "nothing waits without a limit");
    return used.isEmpty() ? next : Math.min(next, current.askAgainAt(used, time.nanoTime()));
  }
}
