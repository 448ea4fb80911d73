package dev.twinlog;

import dev.twinlog.kafka.TopicSelector;
import dev.twinlog.spi.ConfigurationException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a verification compares, and what it may take. Immutable. */
public final class VerifyOptions {
  /** The least memory with which batches of the usual sizes can be compared. */
  private static final long LEAST_MEMORY = 8L << 20;

  private static final Duration SHORTEST_PASS = Duration.ofSeconds(1);
  private static final Duration LONGEST_PASS = Duration.ofDays(365);

  private static final VerifyOptions DEFAULTS =
      new VerifyOptions(null, 1, null, Long.MAX_VALUE, 64L << 20, progress -> {}, null);

  private final @Nullable TopicSelector topics;
  private final double sample;
  private final @Nullable Duration from;
  private final long maxBytesPerSecond;
  private final long maxMemory;
  private final Consumer<VerifyProgress> onProgress;
  private final @Nullable Duration perPass;

  private VerifyOptions(
      @Nullable TopicSelector topics,
      double sample,
      @Nullable Duration from,
      long maxBytesPerSecond,
      long maxMemory,
      Consumer<VerifyProgress> onProgress,
      @Nullable Duration perPass) {
    this.topics = topics;
    this.sample = sample;
    this.from = from;
    this.maxBytesPerSecond = maxBytesPerSecond;
    this.maxMemory = maxMemory;
    this.onProgress = onProgress;
    this.perPass = perPass;
  }

  /** Everything that is copied, as fast as it can be read, within 64 MiB of memory. */
  public static VerifyOptions defaults() {
    return DEFAULTS;
  }

  /** Only these topics, by their names at the source. Default: all that the link copies. */
  public VerifyOptions topics(TopicSelector topics) {
    return new VerifyOptions(
        Objects.requireNonNull(topics, "topics"),
        sample,
        from,
        maxBytesPerSecond,
        maxMemory,
        onProgress,
        perPass);
  }

  /**
   * Compares only a part of each log: blocks of 65,536 target offsets, of which each verification
   * chooses others. Default 1, everything.
   *
   * @param sample the part, above 0 and at most 1
   * @throws ConfigurationException if it is not
   */
  public VerifyOptions sample(double sample) {
    require(sample > 0 && sample <= 1, "sample was " + sample + " but must be in (0, 1]");
    return new VerifyOptions(
        topics, sample, from, maxBytesPerSecond, maxMemory, onProgress, perPass);
  }

  /**
   * Compares only what the source has stored in the last so much time, by the timestamps of its
   * records. A partition that has no record of that time is {@link Verdict#INCONCLUSIVE}, since
   * nothing of it was compared. Default: everything.
   *
   * @throws ConfigurationException if it is not positive
   */
  public VerifyOptions from(Duration last) {
    require(!last.isNegative() && !last.isZero(), "from was " + last + " but must be positive");
    return new VerifyOptions(
        topics, sample, last, maxBytesPerSecond, maxMemory, onProgress, perPass);
  }

  /**
   * The most bytes a second that are read, of both clusters together. Default: no limit.
   *
   * @throws ConfigurationException if it is not positive
   */
  public VerifyOptions maxBytesPerSecond(long bytes) {
    require(bytes > 0, "maxBytesPerSecond was " + bytes + " but must be positive");
    return new VerifyOptions(topics, sample, from, bytes, maxMemory, onProgress, perPass);
  }

  /**
   * The most memory in bytes for records of both clusters, most of it outside the heap. Default 64
   * MiB. A single batch that is larger is compared nevertheless. A compacted partition of which
   * more records are missing on one side at a time than fit into a 32nd of it, at 144 bytes each,
   * is {@link Verdict#INCONCLUSIVE}.
   *
   * @throws ConfigurationException if it is less than 8 MiB
   */
  public VerifyOptions maxMemory(long bytes) {
    require(
        bytes >= LEAST_MEMORY,
        "maxMemory was %d but must be at least %d".formatted(bytes, LEAST_MEMORY));
    return new VerifyOptions(topics, sample, from, maxBytesPerSecond, bytes, onProgress, perPass);
  }

  /**
   * Is called about once a second, and at the end, by the thread that verifies. What it throws ends
   * the verification; one that is continuous is repeated from the last partition. Default: nothing.
   */
  public VerifyOptions onProgress(Consumer<VerifyProgress> onProgress) {
    return new VerifyOptions(
        topics,
        sample,
        from,
        maxBytesPerSecond,
        maxMemory,
        Objects.requireNonNull(onProgress, "onProgress"),
        perPass);
  }

  /**
   * Verifies again and again while the link runs, for {@link Replicator.Builder#verifying}: one
   * pass over all partitions takes about so long, then the next one begins. The rate follows from
   * it, partition by partition; {@link #maxBytesPerSecond} bounds it, and the pass then takes
   * longer. Default: not, but once.
   *
   * @throws ConfigurationException if it is not from a second to 365 days
   */
  public VerifyOptions continuous(Duration perPass) {
    require(
        perPass.compareTo(SHORTEST_PASS) >= 0 && perPass.compareTo(LONGEST_PASS) <= 0,
        "continuous was %s but must be %s to %s".formatted(perPass, SHORTEST_PASS, LONGEST_PASS));
    return new VerifyOptions(
        topics, sample, from, maxBytesPerSecond, maxMemory, onProgress, perPass);
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new ConfigurationException("verify options", List.of(problem));
    }
  }

  /** Which topics are compared; empty for all. */
  public Optional<TopicSelector> topics() {
    return Optional.ofNullable(topics);
  }

  /** Whether a source topic is compared. */
  public boolean covers(String topic) {
    return topics == null || topics.selects(topic);
  }

  /** Which part of each log is compared. */
  public double sample() {
    return sample;
  }

  /** Of which last time the records are compared; empty for all. */
  public Optional<Duration> from() {
    return Optional.ofNullable(from);
  }

  /** The most bytes a second; {@link Long#MAX_VALUE} if there is no limit. */
  public long maxBytesPerSecond() {
    return maxBytesPerSecond;
  }

  /** The most memory in bytes. */
  public long maxMemory() {
    return maxMemory;
  }

  /** What is called with the progress. */
  public Consumer<VerifyProgress> onProgress() {
    return onProgress;
  }

  /** How long a pass over all partitions takes; empty if it is verified once. */
  public Optional<Duration> perPass() {
    return Optional.ofNullable(perPass);
  }

  @Override
  public String toString() {
    return "%s%s%s%s%s"
        .formatted(
            topics == null ? "all topics" : "topics " + topics,
            sample == 1 ? "" : ", a sample of " + sample,
            from == null ? "" : ", the last " + from,
            maxBytesPerSecond == Long.MAX_VALUE
                ? ""
                : ", at most %d bytes/s".formatted(maxBytesPerSecond),
            perPass == null ? "" : ", a pass every " + perPass);
  }
}
