package dev.twinlog;

import java.util.Objects;
import java.util.Optional;

/**
 * What becomes of a record that the target refuses for good, or a transform: without a dead-letter
 * topic its partition stops; with one the record is written to that topic of the target cluster and
 * left out of the copy, as by {@link Replicator#skip}, and the partition continues. Immutable.
 *
 * <p>Only for a reason of the record itself, a {@link dev.twinlog.spi.RecordRefusedException}: it
 * is too large for the target topic or the broker, has no key where the topic is compacted, has a
 * timestamp that is refused, or was refused by a transform or a sink of your own. Everything else
 * stops the partition as before.
 *
 * <p>The dead letter has the record's key, value, headers and timestamp, as they are at the source,
 * and these headers behind its own, whose values are text:
 *
 * <ul>
 *   <li>{@code twinlog.dead-letter.reason}: why it was refused
 *   <li>{@code twinlog.dead-letter.link}: the name of the link
 *   <li>{@code twinlog.dead-letter.topic}, {@code twinlog.dead-letter.partition}, {@code
 *       twinlog.dead-letter.offset}: where it is at the source
 *   <li>{@code twinlog.dead-letter.time}: when it was refused, as 2026-01-31T12:00:00Z
 * </ul>
 *
 * <p>It is acknowledged before it is stored that the record is left out, so no record is in neither
 * topic. If the link ends in between, it is refused and written again: a dead letter is written at
 * least once, and a repeated one has the same link, topic, partition and offset in its headers. A
 * record that the dead-letter topic refuses as well, or that is a dead letter already, stops its
 * partition, and so does the next one after the {@link #limitPerHour(int) limit}.
 *
 * <p>The topic must exist, and be able to hold what the others refuse: its {@code
 * max.message.bytes} is large enough, and it is not compacted. It must not be selected by the
 * source, nor be a copy of one of its topics.
 */
public final class DeadLetters {
  private static final int USUAL_LIMIT = 100;
  private static final DeadLetters OFF = new DeadLetters(Optional.empty(), USUAL_LIMIT);

  private final Optional<String> topic;
  private final int limitPerHour;

  private DeadLetters(Optional<String> topic, int limitPerHour) {
    this.topic = topic;
    this.limitPerHour = limitPerHour;
  }

  /** None: a partition with a record that is refused stops. The default. */
  public static DeadLetters off() {
    return OFF;
  }

  /** Writes them to this topic of the target cluster, at most 100 an hour of each partition. */
  public static DeadLetters to(String topic) {
    return new DeadLetters(Optional.of(Objects.requireNonNull(topic, "topic")), USUAL_LIMIT);
  }

  /**
   * How many dead letters a partition may have within an hour; the next one stops it. At least 1,
   * default 100. Counted by the instance that runs the link: after a restart it begins again.
   */
  public DeadLetters limitPerHour(int limit) {
    return new DeadLetters(topic, limit);
  }

  /** The topic; empty if there is none. */
  public Optional<String> topic() {
    return topic;
  }

  /** How many dead letters a partition may have within an hour. */
  public int limitPerHour() {
    return limitPerHour;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DeadLetters that
        && topic.equals(that.topic)
        && limitPerHour == that.limitPerHour;
  }

  @Override
  public int hashCode() {
    return 31 * topic.hashCode() + limitPerHour;
  }

  @Override
  public String toString() {
    return topic
        .map(name -> "dead letters to %s, at most %d an hour".formatted(name, limitPerHour))
        .orElse("no dead letters");
  }
}
