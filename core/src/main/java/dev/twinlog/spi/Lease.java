package dev.twinlog.spi;

/**
 * What this instance of a link knows of its ownership without asking anybody. A fence in the target
 * can be forgotten there (Kafka's brokers forget it when the records behind it are old); a sink
 * whose fence may be gone asks the lease right before it writes.
 *
 * <p>Thread-safe; never blocks.
 */
public interface Lease {

  /**
   * Whether the ownership was proved so lately that no other instance can have taken the link over
   * and begun to write without a fence: false after a pause of the process that was too long, or
   * while the progress store can't be reached. By wall clock and by monotonic clock.
   */
  boolean holds();

  /**
   * Whether the ownership has not been proved for so long that the lease ends soon, or has ended. A
   * sink that can prove single routes to be this instance's begins to do so.
   */
  default boolean isEnding() {
    return !holds();
  }

  /**
   * Whether every lease of a former owner has run out by now, however it was stopped: true from a
   * lease's length after this instance took the link over.
   */
  boolean formerOwnersExpired();
}
