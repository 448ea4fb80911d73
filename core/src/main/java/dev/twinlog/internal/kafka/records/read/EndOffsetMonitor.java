package dev.twinlog.internal.kafka.records.read;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LeaderQueries;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.SourceReader.Receiver;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Queries the leaders for the ends of partitions of which the consumer has returned nothing lately,
 * and reports leaders that don't answer. A consumer does not report that a broker is silent: it
 * keeps retrying, and the end that it knows is never marked as old. The admin client connects to
 * the same addresses, so a leader that does not answer it does not answer the consumer either; and
 * if the leader answers that there is more to read, and nothing arrives for as long, the fetches
 * fail.
 *
 * <p>Nothing here waits for an answer: answers are queued by the admin client's thread. Everything
 * else is confined to the lane's reader thread.
 */
final class EndOffsetMonitor {
  static final long UNKNOWN = -1;

  private static final long MIN_INTERVAL = Duration.ofMillis(100).toNanos();
  private static final long MAX_INTERVAL = Duration.ofSeconds(2).toNanos();
  private static final int LEAST_WAIT_MS = 500;
  private static final int MOST_WAIT_MS = 5_000;

  /** With every so many queries the high watermark is queried as well. */
  private static final int WATERMARK = 5;

  /** An assigned partition. */
  private static final class WatchedPartition {
    private long answeredAt;
    private long movedAt;
    private long behindSince;
    private boolean behind;
    private int open;
    private int queries;
    private long end = UNKNOWN;
    private long highWatermark = UNKNOWN;
    private @Nullable Throwable failure;
    private @Nullable String reported;

    WatchedPartition(long now) {
      answeredAt = now;
      movedAt = now;
    }
  }

  private final LeaderQueries leaders;
  private final KafkaErrors errors;
  private final long patienceNanos;
  private final long intervalNanos;
  private final int waitMs;
  private final Map<TopicPartition, WatchedPartition> partitions = new HashMap<>();
  private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();

  /** Descriptions of topics with silent leaders, or the exception where there is none. */
  private final Map<String, Object> topics = new HashMap<>();

  private final Set<String> describing = new HashSet<>();
  private long queryAt = System.nanoTime();

  /** When the consumer last returned anything. */
  private long movedAt = queryAt;

  /**
   * Starts without partitions.
   *
   * @param patienceNanos how long a leader may be silent
   */
  EndOffsetMonitor(LeaderQueries leaders, KafkaErrors errors, long patienceNanos) {
    this.leaders = leaders;
    this.errors = errors;
    this.patienceNanos = patienceNanos;
    this.intervalNanos = Math.max(MIN_INTERVAL, Math.min(MAX_INTERVAL, patienceNanos / 8));
    long half = Duration.ofNanos(patienceNanos).toMillis() / 2;
    this.waitMs = (int) Math.max(LEAST_WAIT_MS, Math.min(MOST_WAIT_MS, half));
  }

  void assigned(TopicPartition partition) {
    partitions.put(partition, new WatchedPartition(System.nanoTime()));
  }

  void forget(TopicPartition partition) {
    partitions.remove(partition);
  }

  /** Restarts the timeout of a partition: it was not fetched while it was paused. */
  void resumed(TopicPartition partition) {
    WatchedPartition watched = partitions.get(partition);
    if (watched != null) {
      watched.answeredAt = System.nanoTime();
      watched.behind = false;
    }
  }

  /** Notes that the consumer returned records or a new position of the partition. */
  void moved(TopicPartition partition) {
    WatchedPartition watched = partitions.get(partition);
    if (watched != null) {
      movedAt = System.nanoTime();
      watched.movedAt = movedAt;
      watched.behind = false;
      markAnswered(watched, movedAt);
    }
  }

  private static void markAnswered(WatchedPartition watched, long now) {
    watched.answeredAt = now;
    watched.failure = null;
    watched.reported = null;
  }

  /** Whether the partition's leader answers, as far as was reported to the receiver. */
  boolean isAnswering(TopicPartition partition) {
    WatchedPartition watched = partitions.get(partition);
    return watched != null && watched.reported == null;
  }

  /**
   * Returns the end in the leader's last answer; unknown if it was not queried or did not answer.
   */
  long end(TopicPartition partition) {
    WatchedPartition watched = partitions.get(partition);
    return watched == null ? UNKNOWN : watched.end;
  }

  long highWatermark(TopicPartition partition) {
    WatchedPartition watched = partitions.get(partition);
    return watched == null ? UNKNOWN : watched.highWatermark;
  }

  /**
   * Handles answers and sends the queries that are due.
   *
   * @param positions of all assigned partitions
   * @param paused partitions that are not to be queried
   */
  void step(Map<TopicPartition, Long> positions, Set<TopicPartition> paused) {
    for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
      answer.run();
    }
    long now = System.nanoTime();
    if (now - queryAt < 0) {
      return;
    }
    queryAt = now + intervalNanos;
    Set<TopicPartition> due = new HashSet<>();
    Set<TopicPartition> watermarks = new HashSet<>();
    for (TopicPartition partition : positions.keySet()) {
      WatchedPartition watched = partitions.get(partition);
      if (watched != null
          && watched.open == 0
          && now - watched.movedAt >= intervalNanos
          && !paused.contains(partition)) {
        due.add(partition);
        if (watched.queries++ % WATERMARK == 0 && leaders.hidesOpenTransactions()) {
          watermarks.add(partition);
        }
      }
    }
    query(due, false, this::reportedEnd);
    query(watermarks, true, (watched, end) -> watched.highWatermark = end);
  }

  private void query(
      Set<TopicPartition> due, boolean highWatermark, BiConsumer<WatchedPartition, Long> onAnswer) {
    if (due.isEmpty()) {
      return;
    }
    Map<TopicPartition, KafkaFuture<Long>> ends;
    try {
      ends = leaders.queryEnds(due, highWatermark, waitMs);
    } catch (RuntimeException e) {
      due.forEach(partition -> failed(partition, e));
      return;
    }
    ends.forEach(
        (partition, future) -> {
          WatchedPartition watched = partitions.get(partition);
          if (watched != null) {
            watched.open++;
            var unused =
                future.whenComplete(
                    (end, thrown) ->
                        answers.add(() -> answered(partition, watched, end, thrown, onAnswer)));
          }
        });
  }

  private void answered(
      TopicPartition partition,
      WatchedPartition watched,
      @Nullable Long end,
      @Nullable Throwable thrown,
      BiConsumer<WatchedPartition, Long> onAnswer) {
    watched.open--;
    if (partitions.get(partition) != watched) {
      return; // released, or assigned again
    }
    if (end == null) {
      failed(partition, thrown == null ? new IllegalStateException("no answer") : thrown);
    } else {
      onAnswer.accept(watched, end);
    }
  }

  private void reportedEnd(WatchedPartition watched, long end) {
    watched.end = end;
    watched.failure = null;
    watched.answeredAt = System.nanoTime();
    if (!watched.behind) { // an answer to the query does not help where the fetches fail
      watched.reported = null;
    }
  }

  private void failed(TopicPartition partition, Throwable cause) {
    WatchedPartition watched = partitions.get(partition);
    if (watched != null) {
      watched.failure = KafkaErrors.unwrap(cause);
      describe(partition.topic());
    }
  }

  /** Looks up the topic, so that the report names the leader. */
  private void describe(String topic) {
    if (!describing.add(topic)) {
      return;
    }
    try {
      var unused =
          leaders
              .describe(topic)
              .whenComplete(
                  (found, thrown) ->
                      answers.add(() -> described(topic, found == null ? thrown : found)));
    } catch (RuntimeException e) {
      described(topic, e);
    }
  }

  private void described(String topic, Object answer) {
    describing.remove(topic);
    topics.put(topic, answer);
  }

  /**
   * Reports partitions whose leader has not answered for too long.
   *
   * @param onSilence called before the receiver is, for each of them
   * @return whether there were any
   */
  boolean check(
      Map<TopicPartition, Long> positions,
      Set<TopicPartition> paused,
      Consumer<TopicPartition> onSilence,
      Receiver out) {
    long now = System.nanoTime();
    boolean reported = false;
    // a copy: the receiver may release partitions
    for (Map.Entry<TopicPartition, Long> entry : List.copyOf(positions.entrySet())) {
      TopicPartition partition = entry.getKey();
      WatchedPartition watched = partitions.get(partition);
      if (watched != null && !paused.contains(partition)) {
        noteWhetherBehind(watched, entry.getValue(), now);
        String what = problem(partition, watched, entry.getValue(), now);
        if (what != null && !what.equals(watched.reported)) {
          watched.reported = what;
          onSilence.accept(partition);
          out.retrying(partition, cause(watched, what, now));
          reported = true;
        }
      }
    }
    return reported;
  }

  private void noteWhetherBehind(WatchedPartition watched, long position, long now) {
    boolean behind = watched.end > position;
    if (behind && !watched.behind) {
      watched.behindSince = now;
    } else if (!behind && watched.behind && watched.failure == null) {
      markAnswered(watched, now); // there was nothing to fetch after all
    }
    watched.behind = behind;
  }

  /** Returns what to report of a partition, or null. */
  private @Nullable String problem(
      TopicPartition partition, WatchedPartition watched, long position, long now) {
    // where other partitions have many records, one may have to wait for its turn
    long turn = now - movedAt < intervalNanos ? 4 * patienceNanos : patienceNanos;
    if (watched.behind && watched.failure == null && now - watched.behindSince > turn) {
      return describeLeader(
          partition,
          "returns the end offset %d, but fetches at offset %d return nothing"
              .formatted(watched.end, position));
    }
    boolean late = now - watched.answeredAt > patienceNanos;
    // the outstanding answer shows the cause
    boolean answered = watched.failure != null && topics.containsKey(partition.topic());
    return late && (answered || now - watched.answeredAt > 2 * patienceNanos)
        ? describeLeader(partition, "does not answer")
        : null;
  }

  private RetriableException cause(WatchedPartition watched, String what, long now) {
    long since =
        watched.failure == null && watched.behind ? watched.behindSince : watched.answeredAt;
    Instant at = Instant.now().minusNanos(now - since).truncatedTo(ChronoUnit.MILLIS);
    Throwable failure = watched.failure;
    String last = failure == null ? "" : "; last: " + KafkaErrors.innermost(failure);
    String text = "%s: %s; no answer since %s%s".formatted(errors.alias(), what, at, last);
    return failure == null ? new RetriableException(text) : new RetriableException(text, failure);
  }

  private String describeLeader(TopicPartition partition, String leaderDoes) {
    Object known = topics.get(partition.topic());
    if (known instanceof TopicDescription topic) {
      return LeaderQueries.leader(topic, partition)
          .map(leader -> LeaderQueries.inWords(leader, partition, leaderDoes))
          .orElseGet(() -> LeaderQueries.noLeader(partition));
    }
    if (known instanceof Throwable thrown
        && KafkaErrors.unwrap(thrown) instanceof UnknownTopicOrPartitionException) {
      return "no leader of %s is known, the brokers answer UNKNOWN_TOPIC_OR_PARTITION"
          .formatted(partition);
    }
    return "no broker has returned the leader of " + partition + ", and its leader " + leaderDoes;
  }
}
