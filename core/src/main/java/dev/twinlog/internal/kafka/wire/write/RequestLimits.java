package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.kafka.wire.net.Broker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The greatest request size that each broker accepts. A broker closes a connection without an
 * answer on a request that is larger than its {@code socket.request.max.bytes}. So where
 * connections are closed twice, with no answer in between, under requests of a size that the broker
 * has never answered, its limit is set to half of that size, and to half of the rest the next time.
 * Nothing else distinguishes such a broker from one that is failing, so a limit is forgotten after
 * a while, and never goes below a size that the broker has answered. Confined to the writer thread.
 */
final class RequestLimits {
  /** The least limit: a broker that accepts less is failing. */
  static final int LEAST = 16 << 10;

  private static final long LIFE_NANOS = Duration.ofMinutes(10).toNanos();
  private static final int STRIKES = 2;

  private final int most;
  private final Map<Integer, Limit> byBroker = new HashMap<>();

  private static final class Limit {
    int bytes;
    int answered;
    int lost;
    int strikes;
    long loweredNanos;
  }

  RequestLimits(int most) {
    this.most = most;
  }

  private Limit limit(Broker broker) {
    Limit known = byBroker.get(broker.id());
    if (known == null) {
      known = new Limit();
      known.bytes = most;
      byBroker.put(broker.id(), known);
    }
    return known;
  }

  /**
   * Returns the greatest size of a request to the broker, unless its first batch can't be made
   * smaller.
   */
  int of(Broker broker, long now) {
    Limit limit = limit(broker);
    if (limit.bytes < most && now - limit.loweredNanos > LIFE_NANOS) {
      limit.bytes = most;
    }
    return limit.bytes;
  }

  /** Whether the limit of the broker was lowered. */
  boolean isLowered(Broker broker) {
    return limit(broker).bytes < most;
  }

  /** Notes that the broker accepts requests of that size. */
  void answered(Broker broker, int bytes) {
    Limit limit = limit(broker);
    limit.strikes = 0;
    limit.lost = 0;
    limit.answered = Math.max(limit.answered, bytes);
  }

  /**
   * Notes that a request got no answer since its connection was closed.
   *
   * @param last whether it is the last request of that connection
   */
  void lost(Broker broker, int bytes, boolean last, long now) {
    Limit limit = limit(broker);
    limit.lost = Math.max(limit.lost, bytes);
    if (!last) {
      return;
    }
    int largest = limit.lost;
    limit.lost = 0;
    if (largest <= limit.answered) {
      return; // it has answered requests of this size: the cause is another one
    }
    limit.strikes++;
    if (limit.strikes >= STRIKES || limit.bytes < most) {
      int half = Math.min(largest, limit.bytes) / 2;
      limit.bytes = Math.max(Math.max(LEAST, limit.answered), half);
      limit.loweredNanos = now;
      limit.strikes = 0;
    }
  }
}
