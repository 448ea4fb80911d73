package dev.twinlog.internal.kafka.wire.net;

import dev.twinlog.internal.kafka.wire.message.Api;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ApiException;

/**
 * The connections to the brokers of a cluster and the leaders of its partitions. Confined to one
 * thread, except {@link #wakeup()}.
 */
public interface Cluster extends AutoCloseable {

  /** Begins to look up the topic's leaders. */
  void follow(String topic);

  /** Stops looking up the topic's leaders and forgets them. */
  void forget(String topic);

  /** Requests metadata again soon, because a leader was found to be outdated. */
  void refresh();

  /** The number of metadata responses so far; grows with each of them. */
  long version();

  Optional<Leader> leader(TopicPartition partition);

  /** The error that a broker returned for a topic, if any. */
  Optional<ApiException> error(String topic);

  /** How many partitions a topic has; 0 if unknown. */
  int partitions(String topic);

  /** A broker for a request that any broker can answer, if one is ready. */
  Optional<Broker> anyReady();

  /** Whether a request can be sent to the broker now; begins to connect if need be. */
  boolean ready(Broker broker);

  /**
   * The number of the present connection to the broker, unique per connection; 0 if there is none.
   */
  long connection(Broker broker);

  /** The shortest time from a request to its response on the broker's connection; 0 if unknown. */
  long roundTripNanos(Broker broker);

  /** The version of a request to use with a broker that is ready. */
  short version(Broker broker, Api api);

  /** Sends to a broker that is ready. */
  void send(Broker broker, Request request);

  /** Sends nothing to the broker for the throttle time that it returned. */
  void throttle(Broker broker, int millis);

  /** How long the broker is still throttled; 0 if it isn't. */
  default long throttledNanos(Broker broker) {
    return 0;
  }

  /**
   * Why there is no connection to a broker, since the last one or since the first attempt; empty
   * while there is one.
   */
  default Optional<String> failure(Broker broker) {
    return Optional.empty();
  }

  /** Closes the connection to a broker; its requests in flight are lost. */
  void disconnect(Broker broker, String why);

  /** Does the I/O that is due, waiting at most {@code maxNanos}. */
  void poll(long maxNanos);

  /** Ends the {@link #poll} that is waiting or, if none is, the next one. Any thread. */
  void wakeup();

  /** Closes all connections; requests in flight are lost. */
  @Override
  void close();
}
