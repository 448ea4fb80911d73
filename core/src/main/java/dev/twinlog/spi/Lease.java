package dev.twinlog.spi;

/**
 * The proof that this instance owns its link, checked without I/O. A target may forget a fence
 * (Kafka's brokers do when the records after it are old); a sink whose fence may be forgotten
 * checks the lease directly before each write.
 *
 * <p>Thread-safe; never blocks.
 */
public interface Lease {

  /**
   * Whether the ownership was proved so recently that no other instance can have taken the link
   * over and begun to write without a fence: false after too long a pause of the process, or while
   * the progress store can't be reached. By wall clock and by monotonic clock.
   */
  boolean holds();

  /**
   * Whether the ownership has not been proved for so long that the lease ends soon, or has ended. A
   * sink that can prove the ownership of single routes then begins to do so.
   */
  default boolean isEnding() {
    return !holds();
  }

  /**
   * Whether every lease of a former owner has expired, however that owner was stopped: true as soon
   * as the length of a lease has passed since this instance took the link over.
   */
  boolean formerOwnersExpired();
}
