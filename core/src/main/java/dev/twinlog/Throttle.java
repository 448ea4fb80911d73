package dev.twinlog;

import dev.twinlog.spi.ConfigurationException;
import java.util.List;
import java.util.OptionalLong;

/**
 * How fast a link may read its source, over all its lanes: {@link Replicator.Builder#throttle} and,
 * while it runs, {@link Replicator#throttle(Throttle)}. Immutable.
 *
 * <p>Counted are batches as they are read: compressed on the batch path; keys, values and headers
 * on the record path. What was not used is saved up for at most a second. Topics get equal shares,
 * and what one does not use is for the others, so that a large topic does not hold up small ones. A
 * batch that is larger than what is left is copied all the same, and paid for afterwards.
 *
 * <p>Nothing is held in memory for it: partitions are not read until their topic's share allows it.
 * Everything else goes on meanwhile, such as heartbeats, consumer groups and the saving of
 * progress.
 */
public final class Throttle {
  private static final Throttle NONE = new Throttle(OptionalLong.empty(), false);

  private final OptionalLong bytes;
  private final boolean catchUpOnly;

  private Throttle(OptionalLong bytes, boolean catchUpOnly) {
    this.bytes = bytes;
    this.catchUpOnly = catchUpOnly;
  }

  /** No limit, the default. */
  public static Throttle none() {
    return NONE;
  }

  /**
   * At most so many bytes a second.
   *
   * @throws ConfigurationException if it is not at least 1; to read nothing, use {@link
   *     Replicator#pause()}
   */
  public static Throttle bytesPerSecond(long bytes) {
    if (bytes < 1) {
      throw new ConfigurationException(
          "a throttle",
          List.of(
              "bytesPerSecond was %d but must be at least 1; to read nothing, call pause()"
                  .formatted(bytes)));
    }
    return new Throttle(OptionalLong.of(bytes), false);
  }

  /**
   * The same, but only for partitions that catch up; others are read without a limit, and are not
   * counted. A partition catches up until it has reached its source's end, and again whenever it
   * has been behind that for more than ten seconds.
   */
  public Throttle catchUpOnly() {
    return catchUpOnly(true);
  }

  /** As {@link #catchUpOnly()}, or for all partitions again. */
  public Throttle catchUpOnly(boolean only) {
    return bytes.isEmpty() ? this : new Throttle(bytes, only);
  }

  /** The limit; empty if there is none. */
  public OptionalLong bytesPerSecond() {
    return bytes;
  }

  /** Whether only partitions that catch up are limited. */
  public boolean isCatchUpOnly() {
    return catchUpOnly;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Throttle that
        && bytes.equals(that.bytes)
        && catchUpOnly == that.catchUpOnly;
  }

  @Override
  public int hashCode() {
    return bytes.hashCode() + (catchUpOnly ? 1 : 0);
  }

  @Override
  public String toString() {
    return bytes.isEmpty()
        ? "no throttle"
        : "%d bytes/s%s".formatted(bytes.getAsLong(), catchUpOnly ? " to catch up" : "");
  }
}
