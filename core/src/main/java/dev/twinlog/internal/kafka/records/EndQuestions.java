package dev.twinlog.internal.kafka.records;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.cluster.LeaderQuestions;
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
 * Asks the leaders for the ends of partitions of which the consumer has brought nothing lately, and
 * tells which can't be heard. A consumer does not say that a broker is silent: it keeps trying, and
 * what it knows of the partition's end does not age. The admin client connects to the same
 * addresses, so a leader that it can't ask is not heard by the consumer either; and where it says
 * that there is more to read, and nothing comes for as long, the fetches fail.
 *
 * <p>Nothing here waits for an answer: answers are queued by the admin client's thread. Everything
 * else is confined to the lane's reader thread.
 */
final class EndQuestions {
  static final long UNKNOWN = -1;

  private static final long SHORTEST = Duration.ofMillis(100).toNanos();
  private static final long LONGEST = Duration.ofSeconds(2).toNanos();
  private static final int LEAST_WAIT_MS = 500;
  private static final int MOST_WAIT_MS = 5_000;

  /** Every so many questions the high watermark is asked for as well. */
  private static final int WATERMARK = 5;

  /** A partition that is assigned. */
  private static final class Asked {
    private long heardAt;
    private long movedAt;
    private long behindSince;
    private boolean behind;
    private int open;
    private int questions;
    private long end = UNKNOWN;
    private long highWatermark = UNKNOWN;
    private @Nullable Throwable failure;
    private @Nullable String told;

    Asked(long now) {
      heardAt = now;
      movedAt = now;
    }
  }

  private final LeaderQuestions leaders;
  private final KafkaErrors errors;
  private final long patienceNanos;
  private final long intervalNanos;
  private final int waitMs;
  private final Map<TopicPartition, Asked> partitions = new HashMap<>();
  private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();

  /** What is known of topics with silent leaders; a failure where they could not be asked about. */
  private final Map<String, Object> topics = new HashMap<>();

  private final Set<String> describing = new HashSet<>();
  private long askAt = System.nanoTime();

  /** When the consumer last brought anything at all. */
  private long movedAt = askAt;

  /**
   * Asks nothing yet.
   *
   * @param patienceNanos how long a leader may be silent
   */
  EndQuestions(LeaderQuestions leaders, KafkaErrors errors, long patienceNanos) {
    this.leaders = leaders;
    this.errors = errors;
    this.patienceNanos = patienceNanos;
    this.intervalNanos = Math.max(SHORTEST, Math.min(LONGEST, patienceNanos / 8));
    long half = Duration.ofNanos(patienceNanos).toMillis() / 2;
    this.waitMs = (int) Math.max(LEAST_WAIT_MS, Math.min(MOST_WAIT_MS, half));
  }

  void assigned(TopicPartition partition) {
    partitions.put(partition, new Asked(System.nanoTime()));
  }

  void forget(TopicPartition partition) {
    partitions.remove(partition);
  }

  /** Nobody asked for it while it was paused. */
  void resumed(TopicPartition partition) {
    Asked asked = partitions.get(partition);
    if (asked != null) {
      asked.heardAt = System.nanoTime();
      asked.behind = false;
    }
  }

  /** The consumer brought something of the partition. */
  void moved(TopicPartition partition) {
    Asked asked = partitions.get(partition);
    if (asked != null) {
      movedAt = System.nanoTime();
      asked.movedAt = movedAt;
      asked.behind = false;
      heard(asked, movedAt);
    }
  }

  private static void heard(Asked asked, long now) {
    asked.heardAt = now;
    asked.failure = null;
    asked.told = null;
  }

  /** Whether the partition is heard, as far as the receiver was told. */
  boolean isHeard(TopicPartition partition) {
    Asked asked = partitions.get(partition);
    return asked != null && asked.told == null;
  }

  /** The end that the leader said last when it was asked; unknown if it did not. */
  long end(TopicPartition partition) {
    Asked asked = partitions.get(partition);
    return asked == null ? UNKNOWN : asked.end;
  }

  long highWatermark(TopicPartition partition) {
    Asked asked = partitions.get(partition);
    return asked == null ? UNKNOWN : asked.highWatermark;
  }

  /**
   * Takes answers and asks what is due.
   *
   * @param positions of everything that is assigned
   * @param paused not to be asked for
   */
  void step(Map<TopicPartition, Long> positions, Set<TopicPartition> paused) {
    for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
      answer.run();
    }
    long now = System.nanoTime();
    if (now - askAt < 0) {
      return;
    }
    askAt = now + intervalNanos;
    Set<TopicPartition> due = new HashSet<>();
    Set<TopicPartition> watermarks = new HashSet<>();
    for (TopicPartition partition : positions.keySet()) {
      Asked asked = partitions.get(partition);
      if (asked != null
          && asked.open == 0
          && now - asked.movedAt >= intervalNanos
          && !paused.contains(partition)) {
        due.add(partition);
        if (asked.questions++ % WATERMARK == 0 && leaders.hidesOpenTransactions()) {
          watermarks.add(partition);
        }
      }
    }
    ask(due, false, this::reportedEnd);
    ask(watermarks, true, (asked, end) -> asked.highWatermark = end);
  }

  private void ask(
      Set<TopicPartition> due, boolean highWatermark, BiConsumer<Asked, Long> onAnswer) {
    if (due.isEmpty()) {
      return;
    }
    Map<TopicPartition, KafkaFuture<Long>> ends;
    try {
      ends = leaders.askEnds(due, highWatermark, waitMs);
    } catch (RuntimeException e) {
      due.forEach(partition -> failed(partition, e));
      return;
    }
    ends.forEach(
        (partition, future) -> {
          Asked asked = partitions.get(partition);
          if (asked != null) {
            asked.open++;
            var unused =
                future.whenComplete(
                    (end, thrown) ->
                        answers.add(() -> answered(partition, asked, end, thrown, onAnswer)));
          }
        });
  }

  private void answered(
      TopicPartition partition,
      Asked asked,
      @Nullable Long end,
      @Nullable Throwable thrown,
      BiConsumer<Asked, Long> onAnswer) {
    asked.open--;
    if (partitions.get(partition) != asked) {
      return; // released, or assigned again
    }
    if (end == null) {
      failed(partition, thrown == null ? new IllegalStateException("no answer") : thrown);
    } else {
      onAnswer.accept(asked, end);
    }
  }

  private void reportedEnd(Asked asked, long end) {
    asked.end = end;
    asked.failure = null;
    asked.heardAt = System.nanoTime();
    if (!asked.behind) { // what it says of the end is no help where the fetches fail
      asked.told = null;
    }
  }

  private void failed(TopicPartition partition, Throwable cause) {
    Asked asked = partitions.get(partition);
    if (asked != null) {
      asked.failure = KafkaErrors.unwrap(cause);
      describe(partition.topic());
    }
  }

  /** So that what is told names the leader. */
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
   * Tells partitions that were not heard for too long.
   *
   * @param onSilence called before the receiver is, for each of them
   * @return whether there were any
   */
  boolean look(
      Map<TopicPartition, Long> positions,
      Set<TopicPartition> paused,
      Consumer<TopicPartition> onSilence,
      Receiver out) {
    long now = System.nanoTime();
    boolean told = false;
    // a copy: the receiver may release partitions
    for (Map.Entry<TopicPartition, Long> entry : List.copyOf(positions.entrySet())) {
      TopicPartition partition = entry.getKey();
      Asked asked = partitions.get(partition);
      if (asked != null && !paused.contains(partition)) {
        noteWhetherBehind(asked, entry.getValue(), now);
        String what = silence(partition, asked, entry.getValue(), now);
        if (what != null && !what.equals(asked.told)) {
          asked.told = what;
          onSilence.accept(partition);
          out.retrying(partition, cause(asked, what, now));
          told = true;
        }
      }
    }
    return told;
  }

  private void noteWhetherBehind(Asked asked, long position, long now) {
    boolean behind = asked.end > position;
    if (behind && !asked.behind) {
      asked.behindSince = now;
    } else if (!behind && asked.behind && asked.failure == null) {
      heard(asked, now); // there was nothing to fetch after all
    }
    asked.behind = behind;
  }

  /** What to tell of a partition, if there is anything. */
  private @Nullable String silence(TopicPartition partition, Asked asked, long position, long now) {
    // where others bring much, one may have to wait for its turn
    long turn = now - movedAt < intervalNanos ? 4 * patienceNanos : patienceNanos;
    if (asked.behind && asked.failure == null && now - asked.behindSince > turn) {
      return trouble(
          partition,
          "tells the end %d, but fetches at offset %d bring nothing"
              .formatted(asked.end, position));
    }
    boolean late = now - asked.heardAt > patienceNanos;
    // the answer that is outstanding says what the matter is
    boolean answered = asked.failure != null && topics.containsKey(partition.topic());
    return late && (answered || now - asked.heardAt > 2 * patienceNanos)
        ? trouble(partition, "does not answer")
        : null;
  }

  private RetriableException cause(Asked asked, String what, long now) {
    long since = asked.failure == null && asked.behind ? asked.behindSince : asked.heardAt;
    Instant at = Instant.now().minusNanos(now - since).truncatedTo(ChronoUnit.MILLIS);
    Throwable failure = asked.failure;
    String last = failure == null ? "" : "; last: " + KafkaErrors.innermost(failure);
    String text = "%s: %s; not heard since %s%s".formatted(errors.alias(), what, at, last);
    return failure == null ? new RetriableException(text) : new RetriableException(text, failure);
  }

  private String trouble(TopicPartition partition, String leaderDoes) {
    Object known = topics.get(partition.topic());
    if (known instanceof TopicDescription topic) {
      return LeaderQuestions.leader(topic, partition)
          .map(leader -> LeaderQuestions.inWords(leader, partition, leaderDoes))
          .orElseGet(() -> LeaderQuestions.noLeader(partition));
    }
    if (known instanceof Throwable thrown
        && KafkaErrors.unwrap(thrown) instanceof UnknownTopicOrPartitionException) {
      return "no leader of %s is known, the brokers answer UNKNOWN_TOPIC_OR_PARTITION"
          .formatted(partition);
    }
    return "no broker has told who leads " + partition + ", and its leader " + leaderDoes;
  }
}
