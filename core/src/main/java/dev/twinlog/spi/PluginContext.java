package dev.twinlog.spi;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import org.apache.kafka.common.TopicPartition;

/**
 * The engine's information for a part that it opens. Users don't implement it; methods may be
 * added.
 *
 * <p>Immutable and safe to use from any thread.
 */
public interface PluginContext {

  /** The link's name; 1 to 64 characters of {@code A-Z a-z 0-9 _ -}. */
  String link();

  /**
   * The number of the lane that this part belongs to, from 0. Lanes that are added while the link
   * runs continue the numbers, which may become greater than there are lanes.
   */
  int lane();

  /**
   * The most bytes of records that the engine passes to this lane before it waits for
   * acknowledgements. A sink that buffers must be able to hold this much without blocking.
   */
  long maxInFlightBytes();

  /** The link's wall clock; virtual in simulations. */
  Clock clock();

  /**
   * Creates threads for a part that needs its own, named {@code twinlog-<link>-<role>}. The part
   * must end them in its {@code close()}, unless they end by themselves within seconds.
   *
   * @param role what the thread is for, a few lower-case letters
   */
  ThreadFactory threads(String role);

  /**
   * Whether the link guarantees each record once: then a {@link RecoverableSink} must recover
   * before each opening of a route, and write in a way that it can recover from.
   */
  boolean exactlyOnce();

  /** The lease of this instance on everything that it copies. */
  Lease lease();

  /**
   * The lease that covers a route which is being opened; it ends when another instance takes over
   * what the route belongs to, and holds again only for a route that is opened again.
   */
  default Lease lease(Route route) {
    return lease();
  }

  /**
   * Reports that the target's log has grown after the route's last record without another record of
   * the route: by a transaction marker, for instance. Positions up to there can then be translated.
   * Any thread; does nothing by default.
   *
   * @param end an offset up to which the log has grown, or surely will before anything else of the
   *     route is written
   */
  default void targetEnd(Route route, long end) {}

  /**
   * Adds a note about a topic's copy: shown by {@code status().notes()} under the target topic, and
   * reported as an event once. Any thread; does nothing by default.
   *
   * @param source a partition of the topic
   * @param text a sentence; notes with the same text are the same
   */
  default void note(TopicPartition source, String text) {}

  /**
   * Reports that a sink can't write or open a route at present and keeps retrying: the last error
   * response, or what it waits for. The engine shows it as the cause if writes are not acknowledged
   * for long, until the next acknowledgement. Any thread; never blocks.
   *
   * @param route the route
   * @param lastAnswer the error's name, and the node with its address, as precisely as the sink
   *     knows
   */
  default void retrying(Route route, RetriableException lastAnswer) {}

  /**
   * Reports that a broker has told the part to wait, since a quota is exceeded. Any thread; does
   * nothing by default.
   *
   * @param wait how long
   */
  default void throttledByBroker(Duration wait) {}
}
