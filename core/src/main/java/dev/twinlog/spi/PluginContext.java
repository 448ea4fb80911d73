package dev.twinlog.spi;

import java.time.Clock;
import java.util.concurrent.ThreadFactory;
import org.apache.kafka.common.TopicPartition;

/**
 * What the engine tells a part when it opens it. Users don't implement it; methods may be added.
 *
 * <p>Immutable and safe to use from any thread.
 */
public interface PluginContext {

  /** The link's name; 1 to 64 characters of {@code A-Z a-z 0-9 _ -}. */
  String link();

  /** The number of the lane that this part belongs to, from 0. */
  int lane();

  /**
   * The most bytes of records that the engine hands out before it waits for acknowledgements, for
   * this lane. A sink that buffers must be able to hold this much without blocking.
   */
  long maxInFlightBytes();

  /** Wall-clock time as the link sees it; virtual in simulations. */
  Clock clock();

  /**
   * Makes threads for a part that needs its own, named {@code twinlog-<link>-<role>}. The part must
   * end them in its {@code close()}, unless they end by themselves within seconds.
   *
   * @param role what the thread is for, a few lower-case letters
   */
  ThreadFactory threads(String role);

  /**
   * Whether the link promises each record once: then a {@link RecoverableSink} is asked to recover
   * before each opening of a route, and must write in a way that it can recover from.
   */
  boolean exactlyOnce();

  /** What this instance knows of its ownership of the link. */
  Lease lease();

  /**
   * Takes down that the log of the route's target has come to an end behind the route's last record
   * without another record of the route: a transaction marker lies there, for instance. Positions
   * up to there can then be translated. Any thread; does nothing by default.
   *
   * @param end an offset up to which the log has grown, or surely will before anything else of the
   *     route lands
   */
  default void targetEnd(Route route, long end) {}

  /**
   * Takes down what is worth knowing of a topic's copy: shown by {@code status().notes()} under the
   * target topic, and told as an event once. Any thread; does nothing by default.
   *
   * @param source a partition of the topic
   * @param text a sentence, the same whenever it says the same
   */
  default void note(TopicPartition source, String text) {}

  /**
   * A sink can't get on with a route now and keeps trying: what it was answered last, or what it
   * waits for. The engine shows it as the cause if writes go without an acknowledgement for long,
   * and forgets it with the next one. Any thread; never blocks.
   *
   * @param route what can't be written now, or opened
   * @param lastAnswer who answered what, as precisely as the sink knows: the error's name, and the
   *     node with its address
   */
  default void retrying(Route route, RetriableException lastAnswer) {}
}
