package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;

/**
 * The brokers of a cluster, and who leads what. Confined to one thread, except {@link #wakeup()}.
 */
public interface Cluster extends AutoCloseable {

  /** From here on the topic's leaders are wanted. */
  void follow(String topic);

  /** From here on they are not, and what is known of them is forgotten. */
  void forget(String topic);

  /** A leader was found wrong: ask again soon. */
  void refresh();

  /** Grows with every answer about leaders. */
  long version();

  Optional<Leader> leader(TopicPartition partition);

  /** Why there is nothing to know about a topic, if a broker said so. */
  Optional<ApiException> error(String topic);

  /** How many partitions a topic has; 0 if that is not known. */
  int partitions(String topic);

  /** A broker that can be asked something that any broker can answer, if one is ready. */
  Optional<Broker> anyReady();

  /** Whether a request can be sent to the broker now; begins to connect if need be. */
  boolean ready(Broker broker);

  /** The number of the connection to the broker that is there, another for each; 0 if none is. */
  long connection(Broker broker);

  /** The least time from a request to its answer on the broker's connection; 0 if unknown. */
  long roundTripNanos(Broker broker);

  /** The version to speak with a broker that is ready. */
  short version(Broker broker, Api api);

  /** Sends to a broker that is ready. */
  void send(Broker broker, Request request);

  /** Sends nothing to the broker for a time, as it asked to. */
  void throttle(Broker broker, int millis);

  /** How long the broker still wants to be left alone; 0 if it doesn't. */
  default long throttledNanos(Broker broker) {
    return 0;
  }

  /**
   * Why there is no connection to a broker, since there was one or since it was first tried; none
   * while there is one.
   */
  default Optional<String> trouble(Broker broker) {
    return Optional.empty();
  }

  /** Closes the connection to a broker; what has no answer is lost. */
  void disconnect(Broker broker, String why);

  /** Does the I/O that is due, waiting at most so long. */
  void poll(long maxNanos);

  /** Ends the {@link #poll} that is waiting or, if none is, the next one. Any thread. */
  void wakeup();

  /** Closes all connections; what has no answer is lost. */
  @Override
  void close();
}
