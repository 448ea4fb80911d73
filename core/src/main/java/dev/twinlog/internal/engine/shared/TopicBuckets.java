package dev.twinlog.internal.engine.shared;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The bytes that a throttle lets through: a token bucket for each topic. What the link's rate adds
 * is divided equally among the buckets that are not full, so that a topic which reads less than its
 * share leaves the rest to the others (max-min fairness). All buckets together hold what the rate
 * adds in a second. They begin empty, and are below zero after a batch that was larger than what
 * was left. Thread-safe.
 */
public final class TopicBuckets {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** How long a full bucket is kept whose topic reads nothing. */
  private static final long UNUSED = Duration.ofMinutes(1).toNanos();

  /** No caller waits shorter, so that a high rate doesn't keep it busy. */
  private static final long LEAST_WAIT = Duration.ofMillis(1).toNanos();

  private static final double LONGEST_WAIT = Duration.ofDays(1).toNanos();

  private static final class Bucket {
    private double level;
    private long usedAt;
  }

  private final double perNano;
  private final double capacity;
  private final boolean catchUpOnly;
  private final Map<String, Bucket> buckets = new HashMap<>();
  private long filledAt;

  TopicBuckets(long bytesPerSecond, boolean catchUpOnly, long now) {
    this.perNano = (double) bytesPerSecond / SECOND;
    this.capacity = (double) bytesPerSecond;
    this.catchUpOnly = catchUpOnly;
    this.filledAt = now;
  }

  /** Whether they are for partitions that catch up only. */
  public boolean isCatchUpOnly() {
    return catchUpOnly;
  }

  /**
   * Takes the bytes of a batch that was read.
   *
   * @return whether anything is left for the topic
   */
  public synchronized boolean take(String topic, long bytes, long now) {
    Bucket bucket = buckets.computeIfAbsent(topic, name -> new Bucket());
    bucket.level -= bytes;
    bucket.usedAt = now;
    if (bucket.level > 0) {
      return true;
    }
    fill(now);
    return bucket.level > 0;
  }

  /** Whether anything is left for the topic. */
  public synchronized boolean hasLeft(String topic, long now) {
    fill(now);
    return hasLeft(topic);
  }

  private boolean hasLeft(String topic) {
    Bucket bucket = buckets.get(topic);
    return bucket == null || bucket.level > 0;
  }

  /** When to ask again whether anything is left for one of these topics; not before it is so. */
  public synchronized long askAgainAt(Collection<String> topics, long now) {
    fill(now);
    double full = capacity / Math.max(1, buckets.size());
    double missing = LONGEST_WAIT * perNano;
    int open = 0;
    for (Map.Entry<String, Bucket> entry : buckets.entrySet()) {
      double level = entry.getValue().level;
      if (level < full) {
        open++;
        // once one is full, the shares of the others grow
        missing = Math.min(missing, full - level);
        if (topics.contains(entry.getKey())) {
          missing = Math.min(missing, Math.max(0, -level));
        }
      }
    }
    double wait = Math.min(LONGEST_WAIT, missing * open / perNano);
    return now + Math.max(LEAST_WAIT, (long) Math.ceil(wait));
  }

  /** Adds what the rate has added since the last time. */
  private void fill(long now) {
    double added = (now - filledAt) * perNano;
    if (added <= 0) {
      return;
    }
    filledAt = now;
    if (buckets.size() > 1) {
      buckets.values().removeIf(each -> each.level > 0 && now - each.usedAt > UNUSED);
    }
    double full = capacity / Math.max(1, buckets.size());
    List<Bucket> open = new ArrayList<>();
    for (Bucket bucket : buckets.values()) {
      if (bucket.level < full) {
        open.add(bucket);
      } else {
        bucket.level = full;
      }
    }
    while (added > 0 && !open.isEmpty()) {
      added = share(added, full, open);
    }
  }

  /** Adds equal shares, removes those that are full, and returns what these have left over. */
  private static double share(double added, double full, List<Bucket> open) {
    double share = added / open.size();
    double over = 0;
    for (Iterator<Bucket> each = open.iterator(); each.hasNext(); ) {
      Bucket bucket = each.next();
      double room = full - bucket.level;
      if (room <= share) {
        bucket.level = full;
        over += share - room;
        each.remove();
      } else {
        bucket.level += share;
      }
    }
    return over;
  }
}
